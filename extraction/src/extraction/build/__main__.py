"""`python -m extraction.build [words] [people] [places] [lesser]`."""

import sys

from extraction.build import frequencies, lesser_places, people, places

PARTS = {"words": frequencies.main, "people": people.main, "places": places.main, "lesser": lesser_places.main}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
