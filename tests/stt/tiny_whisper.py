"""A Whisper model of random weights in CTranslate2's format, small enough to be made in a test."""

import json
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, LAYERS, HEADS, MELS = 64, 1, 2, 80


def make_tiny_whisper(folder: Path) -> None:
    """Write model.bin, config.json, the vocabulary and the tokenizer."""
    folder.mkdir(parents=True)
    tokens = _tokens()
    spec = ctranslate2.specs.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    _fill(spec, len(tokens))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [i for i, token in enumerate(tokens) if token[2:-2] in _LANGUAGE_CODES]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))


def _tokens() -> list[str]:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _LANGUAGE_CODES)]
    special += [
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    times = [f"<|{i * 0.02:.2f}|>" for i in range(1501)]
    return letters + special + times


def _fill(spec: "ctranslate2.specs.WhisperSpec", vocabulary: int) -> None:
    rng = np.random.default_rng(1)

    def random(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.05, shape).astype(np.float32)

    def norm(layer: object) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer: object, out: int, inside: int) -> None:
        layer.weight, layer.bias = random(out, inside), np.zeros(out, np.float32)

    def attention(layer: object, *, across: bool) -> None:
        norm(layer.layer_norm)
        if across:
            linear(layer.linear[0], WIDTH, WIDTH)
            linear(layer.linear[1], 2 * WIDTH, WIDTH)
            linear(layer.linear[2], WIDTH, WIDTH)
        else:
            linear(layer.linear[0], 3 * WIDTH, WIDTH)
            linear(layer.linear[1], WIDTH, WIDTH)

    def feed_forward(layer: object) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = random(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = random(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = random(1500, WIDTH)
    norm(encoder.layer_norm)
    for layer in encoder.layer:
        attention(layer.self_attention, across=False)
        feed_forward(layer.ffn)
    decoder.scale_embeddings = False
    decoder.embeddings.weight = random(vocabulary, WIDTH)
    decoder.position_encodings.encodings = random(448, WIDTH)
    norm(decoder.layer_norm)
    decoder.projection.weight = decoder.embeddings.weight
    for layer in decoder.layer:
        attention(layer.self_attention, across=False)
        attention(layer.attention, across=True)
        feed_forward(layer.ffn)


def _tokenizer(tokens: list[str]) -> Tokenizer:
    letters = [token for token in tokens if not token.startswith("<|")]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([token for token in tokens if token.startswith("<|")])
    assert json.loads(tokenizer.to_str())["added_tokens"][0]["id"] == len(letters)
    return tokenizer
