"""Peers that live in Python, behind lines of JSON: one request a line on standard input, one answer a line on standard output.

{"do": "open", "peer": "faster-whisper", "model": FOLDER, "compute": "int8"}   -> {"ok": true, "version": ...}
{"do": "transcribe", "files": [raw 32-bit floats at 16 kHz], "language": "en", "batched": false} -> {"texts": [...], "seconds": s}

Every peer: beam 5, temperature fallback on (faster-whisper's batches know none), no timestamps, no text of earlier windows, the threads of --threads.
"""

import json
import os
import re
import sys
import tempfile
import time

import numpy as np

threads = int(sys.argv[1])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # What a native library prints is no answer.


def open_faster_whisper(model, compute):
    import faster_whisper

    whisper = faster_whisper.WhisperModel(model, device="cpu", compute_type=compute, cpu_threads=threads)
    batched_whisper = faster_whisper.BatchedInferencePipeline(whisper)
    options = dict(beam_size=5, condition_on_previous_text=False, without_timestamps=True)

    def transcribe(audio, language, batched):
        if batched:
            # Its batches are cut from one recording: clips stand one behind the other, each a piece of its own.
            ends = np.cumsum([len(samples) for samples in audio]) / 16000
            clips = [{"start": float(end - len(samples) / 16000), "end": float(end)} for end, samples in zip(ends, audio)]
            # A little longer than its pieces: where rounding makes them longer, faster-whisper ends with an assertion.
            whole = np.concatenate([*audio, np.zeros(160, np.float32)])
            segments, _ = batched_whisper.transcribe(
                whole, language=language, batch_size=8, vad_filter=False, clip_timestamps=clips, **options
            )
            texts = ["" for _ in audio]
            for segment in segments:
                place = next((i for i, end in enumerate(ends) if (segment.start + segment.end) / 2 < end), len(audio) - 1)
                texts[place] += segment.text
            return texts
        texts = []
        for samples in audio:
            segments, _ = whisper.transcribe(samples, language=language, vad_filter=False, **options)
            texts.append("".join(segment.text for segment in segments))
        return texts

    return transcribe, faster_whisper.__version__


def open_whisper_cpp(model, compute):
    import importlib.metadata

    from pywhispercpp.model import Model

    whisper = Model(
        model,
        params_sampling_strategy=1,
        n_threads=threads,
        print_progress=False,
        print_realtime=False,
        no_timestamps=True,
        no_context=True,
        beam_search={"beam_size": 5, "patience": -1.0},
        context_params={"use_gpu": False},
    )

    def transcribe(audio, language, batched):
        return ["".join(segment.text for segment in whisper.transcribe(samples, language=language)) for samples in audio]

    def step():
        # It tells its times in words, for each token of a batch; a step of a beam of 5 is five.
        with tempfile.TemporaryFile() as told:
            kept = os.dup(2)
            os.dup2(told.fileno(), 2)
            whisper.print_timings()
            os.dup2(kept, 2)
            told.seek(0)
            found = re.search(rb"batchd time =.*\(\s*([\d.]+) ms per run", told.read())
        return 5 * float(found[1]) if found else None

    transcribe.step = step
    return transcribe, importlib.metadata.version("pywhispercpp")


peers = {"faster-whisper": open_faster_whisper, "whisper.cpp": open_whisper_cpp}
transcribe = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["do"] == "open":
            transcribe, version = peers[request["peer"]](request["model"], request.get("compute"))
            answer = {"version": version}
        elif request["do"] == "step":
            answer = {"milliseconds": transcribe.step() if hasattr(transcribe, "step") else None}
        else:
            audio = [np.fromfile(file, np.float32) for file in request["files"]]
            begin = time.perf_counter()
            texts = transcribe(audio, request["language"], request.get("batched", False))
            answer = {"texts": texts, "seconds": time.perf_counter() - begin}
    except Exception as error:  # The bench goes on without this peer and says why.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
