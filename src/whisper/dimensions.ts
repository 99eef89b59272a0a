/** The sizes of a Whisper network, read from its configuration, and the weights that they call for. */
import { z } from 'zod';

/** `num_mel_bins` and so on of Hugging Face's config.json under the words that diglot uses. */
export interface Dimensions {
  /** Log-mel bands. */
  readonly bands: number;
  /** Features of a state. */
  readonly width: number;
  readonly encoderLayers: number;
  readonly encoderHeads: number;
  /** Features between the two linear maps of an encoder layer. */
  readonly encoderInner: number;
  readonly decoderLayers: number;
  readonly decoderHeads: number;
  readonly decoderInner: number;
  readonly vocabularySize: number;
  /** Encoder positions of a full window, 20 ms each. */
  readonly audioPositions: number;
  /** Longest token sequence. */
  readonly textPositions: number;
}

const size = z.number().int().positive().max(1_000_000);
const tokens = z.array(z.number().int().nonnegative()).nullish();

/** What diglot reads of a config.json; other fields are left alone. */
export const configSchema = z
  .looseObject({
    model_type: z.literal('whisper'),
    num_mel_bins: size,
    d_model: size,
    encoder_layers: size,
    encoder_attention_heads: size,
    encoder_ffn_dim: size,
    decoder_layers: size,
    decoder_attention_heads: size,
    decoder_ffn_dim: size,
    vocab_size: size,
    max_source_positions: size,
    max_target_positions: size,
    activation_function: z.literal('gelu').default('gelu'),
    scale_embedding: z.literal(false).default(false),
    suppress_tokens: tokens,
    begin_suppress_tokens: tokens,
  })
  .refine((config) => config.d_model % config.encoder_attention_heads === 0, {
    path: ['encoder_attention_heads'],
    message: 'must divide d_model',
  })
  .refine((config) => config.d_model % config.decoder_attention_heads === 0, {
    path: ['decoder_attention_heads'],
    message: 'must divide d_model',
  });

export type Config = z.output<typeof configSchema>;

export function dimensionsOf(config: Config): Dimensions {
  return {
    bands: config.num_mel_bins,
    width: config.d_model,
    encoderLayers: config.encoder_layers,
    encoderHeads: config.encoder_attention_heads,
    encoderInner: config.encoder_ffn_dim,
    decoderLayers: config.decoder_layers,
    decoderHeads: config.decoder_attention_heads,
    decoderInner: config.decoder_ffn_dim,
    vocabularySize: config.vocab_size,
    audioPositions: config.max_source_positions,
    textPositions: config.max_target_positions,
  };
}

/**
 * Hugging Face's name and shape of every weight, in the order of computation. Linear maps are [out, in], convolutions
 * [out, in, taps]; keys have no bias and the output projection is the token embedding.
 */
export function weightShapes(dimensions: Dimensions): Map<string, readonly number[]> {
  const { width } = dimensions;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, output: number, input: number, bias = true) => {
    shapes.set(`${name}.weight`, [output, input]);
    if (bias) shapes.set(`${name}.bias`, [output]);
  };
  const layerNorm = (name: string) => {
    shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
  };
  const attention = (name: string) => {
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      linear(`${name}.${part}`, width, width, part !== 'k_proj');
    }
    layerNorm(`${name}_layer_norm`);
  };
  const feedForward = (name: string, inner: number) => {
    linear(`${name}.fc1`, inner, width);
    linear(`${name}.fc2`, width, inner);
    layerNorm(`${name}.final_layer_norm`);
  };

  shapes.set('model.encoder.conv1.weight', [width, dimensions.bands, 3]).set('model.encoder.conv1.bias', [width]);
  shapes.set('model.encoder.conv2.weight', [width, width, 3]).set('model.encoder.conv2.bias', [width]);
  shapes.set('model.encoder.embed_positions.weight', [dimensions.audioPositions, width]);
  for (let layer = 0; layer < dimensions.encoderLayers; layer++) {
    const name = `model.encoder.layers.${layer}`;
    attention(`${name}.self_attn`);
    feedForward(name, dimensions.encoderInner);
  }
  layerNorm('model.encoder.layer_norm');

  shapes.set('model.decoder.embed_tokens.weight', [dimensions.vocabularySize, width]);
  shapes.set('model.decoder.embed_positions.weight', [dimensions.textPositions, width]);
  for (let layer = 0; layer < dimensions.decoderLayers; layer++) {
    const name = `model.decoder.layers.${layer}`;
    attention(`${name}.self_attn`);
    attention(`${name}.encoder_attn`);
    feedForward(name, dimensions.decoderInner);
  }
  layerNorm('model.decoder.layer_norm');
  return shapes;
}
