"""The vendor's licence types, plans, add-ons and limits, as data files beside this module. README.md explains them."""
