"""What can be imported from a file, one class each."""
