"""What every API of the console shares: problems, paging, limits, bodies, and the document that describes it all.

The apps bring routers; config/urls.py joins them. Nothing here knows an app. Source: design §11, §14.10.
"""
