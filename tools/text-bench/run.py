"""Speed of reading beside medspaCy and negspaCy on the same notes in one run, one core each: run.py FOLDER READER.

FOLDER holds aci-bench/*.csv and mtsamples/*.csv (see SOURCES.md of the shared data); READER is the built example `bench_read` of crate
`lexicon` (`cargo build --release -p lexicon --example bench_read`). The peers come from setup.sh. They take turns, three rounds, the best
round of each counts: a busy machine slows everyone, not always at the same time.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SECONDS = 3, 15


def notes(folder):
    csv.field_size_limit(10**8)
    for path in sorted((folder / "aci-bench").glob("*.csv")):
        with open(path, encoding="utf-8") as rows:
            yield from (row["note"] for row in csv.DictReader(rows) if row.get("note"))
    for path in sorted((folder / "mtsamples").glob("*.csv")):
        with open(path, encoding="utf-8") as rows:
            yield from (row["transcription"] for row in csv.DictReader(rows) if row.get("transcription"))


def one(command):
    print("  ", command[0].split("/")[-1], *command[1:2], flush=True)
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


def main():
    folder, reader = pathlib.Path(sys.argv[1]), sys.argv[2]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in notes(folder))
        file.flush()
        peers = [name for name in ("medspacy", "negspacy") if (HERE / f".venv-{name}").is_dir()]
        for name in {"medspacy", "negspacy"} - set(peers):
            print(f"{name} is not installed (setup.sh): left out")
        best = {}
        for _ in range(ROUNDS):
            turns = {"reader": [reader, file.name, "5"]}
            for name in peers:
                turns[name] = [str(HERE / f".venv-{name}" / "bin" / "python"), str(HERE / "peer.py"), name, file.name, str(SECONDS)]
            for who, command in turns.items():
                answer = one(command)
                if who not in best or answer["notes_per_second"] > best[who]["notes_per_second"]:
                    best[who] = answer
    for who, answer in best.items():
        print(who, json.dumps(answer))
    for name in peers:
        print(f"reader / {name}: {best['reader']['notes_per_second'] / best[name]['notes_per_second']:.0f}x")


if __name__ == "__main__":
    main()
