/** What every format of `diglot export` is told. */
export interface ExportOptions {
  /** Folder of a model in the Hugging Face layout; of ggml also a ggml file. */
  readonly from: string;
  /** Folder to make, or file of ggml; it must not be there. */
  readonly to: string;
  /** Adapters that are merged into the weights (adapted-model.ts). */
  readonly adapters?: readonly string[];
  /** What the README says that the model is; default the folder's name. */
  readonly origin?: string;
  readonly note?: (message: string) => void;
}
