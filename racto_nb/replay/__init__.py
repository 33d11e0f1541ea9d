"""Record what models answer, and replay it: offline, without a key, piece by piece, in notebooks, scripts and tests.

    from racto_nb.replay import record, replay

    with record("answers.replay.jsonl"):
        kit.chat(question)       # asked, and written down
    with replay("answers.replay.jsonl"):
        kit.chat(question)       # the same answer, and nobody was asked

In notebooks `%racto replay auto` does it for all cells, elsewhere `RACTO_REPLAY=replay:answers.replay.jsonl`.
"""

from racto_nb.replay.blocks import default_file, record, replay, switch
from racto_nb.replay.recording import Recording

__all__ = ["Recording", "default_file", "record", "replay", "switch"]
