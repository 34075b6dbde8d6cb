"""What people say and write, as values: dates, times, telephone numbers, names, cities. Pure functions.

Every reader is `find(text, language, …)`: a value in its normal form ("" for none), and the text without it.
"""
