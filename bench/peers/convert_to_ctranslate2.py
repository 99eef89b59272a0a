"""A Whisper model in 32 bits in the Hugging Face layout to CTranslate2's, without PyTorch and transformers.

    python convert_to_ctranslate2.py MODEL OUT float32|int8

As ctranslate2/converters/transformers.py does it (WhisperLoader), from the weights of model.safetensors.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from ctranslate2.specs import common_spec, whisper_spec
from ctranslate2.converters import utils


def read_safetensors(path):
    data = np.fromfile(path, np.uint8)
    length = int(data[:8].view(np.uint64)[0])
    header = json.loads(data[8 : 8 + length].tobytes())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", f"{path}: {name} is {entry['dtype']}, not F32"
        begin, end = entry["data_offsets"]
        tensors[name] = data[8 + length + begin : 8 + length + end].view(np.float32).reshape(entry["shape"])
    return tensors


source, target, quantization = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
weights = read_safetensors(source / "model.safetensors")
config = json.loads((source / "config.json").read_text())
generation = json.loads((source / "generation_config.json").read_text())
tokenizer = json.loads((source / "tokenizer.json").read_text())


def put_linear(spec, name):
    spec.weight = weights[f"{name}.weight"]
    if f"{name}.bias" in weights:
        spec.bias = weights[f"{name}.bias"]


def put_norm(spec, name):
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def put_attention(spec, name, own):
    parts = [common_spec.LinearSpec() for _ in range(3)]
    for part, projection in zip(parts, ("q_proj", "k_proj", "v_proj")):
        put_linear(part, f"{name}.{projection}")
    if own:
        utils.fuse_linear(spec.linear[0], parts)
    else:
        utils.fuse_linear(spec.linear[0], parts[:1])
        utils.fuse_linear(spec.linear[1], parts[1:])
    put_linear(spec.linear[-1], f"{name}.out_proj")


def put_layer(spec, name, cross):
    put_norm(spec.self_attention.layer_norm, f"{name}.self_attn_layer_norm")
    put_attention(spec.self_attention, f"{name}.self_attn", own=True)
    if cross:
        put_norm(spec.attention.layer_norm, f"{name}.encoder_attn_layer_norm")
        put_attention(spec.attention, f"{name}.encoder_attn", own=False)
    put_norm(spec.ffn.layer_norm, f"{name}.final_layer_norm")
    put_linear(spec.ffn.linear_0, f"{name}.fc1")
    put_linear(spec.ffn.linear_1, f"{name}.fc2")


spec = whisper_spec.WhisperSpec(
    config["encoder_layers"],
    config["encoder_attention_heads"],
    config["decoder_layers"],
    config["decoder_attention_heads"],
)
for conv in ("conv1", "conv2"):
    put_linear(getattr(spec.encoder, conv), f"model.encoder.{conv}")
for part, side in ((spec.encoder, "encoder"), (spec.decoder, "decoder")):
    part.position_encodings.encodings = weights[f"model.{side}.embed_positions.weight"]
    put_norm(part.layer_norm, f"model.{side}.layer_norm")
    for index, layer in enumerate(part.layer):
        put_layer(layer, f"model.{side}.layers.{index}", cross=side == "decoder")
spec.decoder.embeddings.weight = weights["model.decoder.embed_tokens.weight"]
spec.decoder.projection.weight = weights["model.decoder.embed_tokens.weight"]

spec.config.suppress_ids = generation["suppress_tokens"]
spec.config.suppress_ids_begin = generation["begin_suppress_tokens"]
spec.config.alignment_heads = generation["alignment_heads"]
spec.config.lang_ids = sorted(generation["lang_to_id"].values())

ids = {token: index for token, index in tokenizer["model"]["vocab"].items()}
ids.update({token["content"]: token["id"] for token in tokenizer["added_tokens"]})
tokens = [token for token, _ in sorted(ids.items(), key=lambda item: item[1])]
tokens += [f"<|{index * 0.02:.2f}|>" for index in range(config["vocab_size"] - len(tokens))]
spec.register_vocabulary(tokens)

spec.validate()
spec.optimize(quantization=None if quantization == "float32" else quantization)
shutil.rmtree(target, ignore_errors=True)
target.mkdir(parents=True)
spec.save(str(target))
for name in ("tokenizer.json", "preprocessor_config.json"):
    shutil.copy(source / name, target / name)
