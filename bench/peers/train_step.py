"""The peer of bench/train-step.ts: LoRA on Whisper by PyTorch, transformers and PEFT, told what to do line by line."""
import json
import resource
import sys
import time

import peft
import torch
import transformers
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy, log_softmax

folder, data, rank, alpha, targets, rate = sys.argv[1:7]
torch.set_num_threads(2)
torch.manual_seed(1)
given = load_file(data)
mel, tokens = given["logMel"], given["tokens"].long()
prompt = int(given["promptLength"].item())


def base():
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder, torch_dtype=torch.float32)
    # transformers takes windows of one length only; ours are as long as the audio.
    positions = mel.shape[2] // 2
    model.config.max_source_positions = positions
    encoder = model.model.encoder
    encoder.config.max_source_positions = positions
    weight = encoder.embed_positions.weight.data[:positions].clone()
    encoder.embed_positions = torch.nn.Embedding(positions, weight.shape[1], _weight=weight)
    encoder.embed_positions.weight.requires_grad_(False)
    return model


def logits_of(model):
    return model(input_features=mel, decoder_input_ids=tokens[:, :-1], use_cache=False).logits


labels = tokens[:, 1:].clone()
labels[:, : prompt - 1] = -100
config = peft.LoraConfig(r=int(rank), lora_alpha=float(alpha), target_modules=targets, lora_dropout=0.0, bias="none")
model = peft.get_peft_model(base(), config)
model.train()
weights = [weight for weight in model.parameters() if weight.requires_grad]
optimiser = torch.optim.AdamW(weights, lr=float(rate), weight_decay=0.01)
versions = f"PyTorch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}"
print(json.dumps({"title": versions, "parameters": sum(w.numel() for w in weights)}), flush=True)

for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "step":
        begun = time.perf_counter()
        logits = logits_of(model)
        loss = cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100, label_smoothing=0.1)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": seconds, "loss": loss.item(), "norm": norm.item(), "peak": peak}), flush=True)
    elif asked["do"] == "adapter":
        loaded = peft.PeftModel.from_pretrained(base(), asked["path"]).eval()
        with torch.no_grad():
            logs = log_softmax(logits_of(loaded), -1)
        own = logs.gather(2, tokens[:, 1:, None])[:, prompt - 1 :, 0]
        print(json.dumps({"logProbabilities": own.flatten().tolist()}), flush=True)
