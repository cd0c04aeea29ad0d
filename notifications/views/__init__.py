"""The System notifications tab."""
