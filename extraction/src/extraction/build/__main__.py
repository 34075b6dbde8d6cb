"""`python -m extraction.build [words] [people] [places]`."""

import sys

from extraction.build import frequencies, people, places

PARTS = {"words": frequencies.main, "people": people.main, "places": places.main}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
