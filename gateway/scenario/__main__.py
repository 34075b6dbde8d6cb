"""`python -m gateway.scenario check FILE` prints one line per mistake, with the line of the file that it is in;
`schema` prints the JSON Schema that editors complete from (config/scenarios/scenario.schema.json).
"""

import argparse
import json
import sys
from pathlib import Path

from gateway.scenario.files import read
from gateway.scenario.models import Scenario

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m gateway.scenario", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say what is wrong with files").add_argument("files", nargs="+", type=Path)
    commands.add_parser("schema", help="print the JSON Schema of a scenario file")
    options = parser.parse_args()
    if options.command == "schema":
        sys.stdout.write(json.dumps(Scenario.model_json_schema(), indent=2, ensure_ascii=False) + "\n")
        sys.exit()
    mistakes = [mistake for path in options.files for mistake in read(path)[0]]
    right = len(options.files) - len({mistake.split(":", 1)[0] for mistake in mistakes})
    sys.stdout.write("".join(f"{mistake}\n" for mistake in mistakes) + f"{right} of {len(options.files)} are right.\n")
    sys.exit(1 if mistakes else 0)
