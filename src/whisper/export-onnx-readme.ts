/** What lies beside exported ONNX files: their inputs and outputs, and a program that uses them. */
import type { Dimensions } from './dimensions.ts';

interface Title {
  readonly name: string;
  readonly origin: string;
  readonly originHash: string;
  readonly precision: string;
}

/** @param files Names of the model files. */
export function onnxReadme(title: Title, files: readonly string[], dimensions: Dimensions): string {
  const { bands, width, decoderLayers: layers, decoderHeads: heads, vocabularySize, audioPositions } = dimensions;
  const features = width / heads;
  const operators =
    title.precision === 'f32'
      ? 'The files use the operators of the ONNX standard, version 20.'
      : 'The files use operators of ONNX Runtime (`com.microsoft`) beside those of the ONNX standard, version 20.';
  return `# ${title.name}

Written by \`diglot export --format onnx --precision ${title.precision}\` from ${title.origin}
(sha256 of its weights ${title.originHash}).
${operators} Files: ${files.join(', ')}.

\`encoder.onnx\`

| | name | type | shape |
| --- | --- | --- | --- |
| in | logMel | float32 | utterances, ${bands}, 2 x positions (${2 * audioPositions} is a window of 30 s) |
| out | states | float32 | utterances, positions, ${width} |
| out | audioKeys0, audioValues0 ... audioValues${layers - 1} | float32 | utterances, ${heads}, positions, ${features} |

\`decoder.onnx\`

| | name | type | shape |
| --- | --- | --- | --- |
| in | tokens | int32 | utterances, tokens |
| in | pastKeys0, pastValues0 ... pastValues${layers - 1} | float32 | utterances, ${heads}, past, ${features}; past is 0 in the first call |
| in | audioKeys0, audioValues0 ... | float32 | as the encoder gives them |
| out | logits | float32 | utterances, tokens, ${vocabularySize} |
| out | presentKeys0, presentValues0 ... | float32 | utterances, ${heads}, past + tokens, ${features}: the past of the next call |

The log-mel is Whisper's, the token ids are those of tokenizer.json. A greedy search in Python:

\`\`\`python
import numpy as np
import onnxruntime as ort

encoder, decoder = ort.InferenceSession("encoder.onnx"), ort.InferenceSession("decoder.onnx")
names = [f"{kind}{layer}" for layer in range(${layers}) for kind in ("Keys", "Values")]

def greedy(log_mel, prompt, end_of_text, longest=${dimensions.textPositions}):
    _, *audio = encoder.run(None, {"logMel": log_mel})
    audio = {f"audio{name}": values for name, values in zip(names, audio)}
    past = {f"past{name}": np.zeros((1, ${heads}, 0, ${features}), np.float32) for name in names}
    tokens, said = np.array([prompt], np.int32), []
    while len(prompt) + len(said) < longest:
        logits, *present = decoder.run(None, {"tokens": tokens, **past, **audio})
        token = int(logits[0, -1].argmax())
        if token == end_of_text:
            break
        said.append(token)
        tokens = np.array([[token]], np.int32)
        past = {f"past{name}": values for name, values in zip(names, present)}
    return said
\`\`\`

The licence is that of the original model and lies beside this file where the original came with one.
`;
}
