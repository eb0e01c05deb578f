"""Times one peer on notes: peer.py medspacy|negspacy NOTES.jsonl SECONDS. Prints one JSON object. One process, one thread.

The first notes that fit in the time are read; a pass over fewer notes than there are is said in the answer.
"""
import json
import sys
import time


def medspacy_pipeline():
    import medspacy
    return medspacy.load()  # Its defaults: tokenizer, PyRuSH sentences, target matcher, ConText with 102 rules.


TARGETS = """chest pain;fever;cough;nausea;vomiting;diarrhea;headache;dyspnea;shortness of breath;edema;hypertension;diabetes;asthma;copd;
pneumonia;stroke;cancer;depression;anxiety;fatigue;dizziness;syncope;seizure;rash;abdominal pain;back pain;weight loss;chills;sweats;
wheezing;palpitations;arthritis;obesity;anemia;infection;bleeding;swelling;weakness;numbness;heart failure""".replace("\n", "").split(";")


def negspacy_pipeline():
    import spacy
    import negspacy.negation  # noqa: F401, registers the component
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PROBLEM", "pattern": [{"LOWER": w} for w in term.split()]} for term in TARGETS])
    pipeline.add_pipe("negex")
    return pipeline


def main():
    name, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with open(path, encoding="utf-8") as lines:
        notes = [json.loads(line)["text"] for line in lines]
    begun = time.perf_counter()
    pipeline = {"medspacy": medspacy_pipeline, "negspacy": negspacy_pipeline}[name]()
    if name == "medspacy":
        from medspacy.target_matcher import TargetRule
        pipeline.get_pipe("medspacy_target_matcher").add([TargetRule(term, "PROBLEM") for term in TARGETS])
    pipeline("Denies chest pain.")
    started = time.perf_counter() - begun
    done, begun = 0, time.process_time()
    for note in notes:
        pipeline(note)
        done += 1
        if time.process_time() - begun > seconds:
            break
    took = time.process_time() - begun
    print(json.dumps({"peer": name, "notes": done, "of": len(notes), "start_s": round(started, 2), "notes_per_second": round(done / took, 1)}))


if __name__ == "__main__":
    main()
