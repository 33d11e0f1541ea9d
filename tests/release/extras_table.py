"""What each extra promises: the modules that it brings, and what it makes possible, tried in an environment of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Extra:
    """`modules` can be imported with this extra alone; `faces` (file:function below `faces/`) then work. `heavy`: 100 MB or more."""

    modules: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()


def brought(modules: str, *faces: str) -> Extra:
    return Extra(tuple(modules.split()), faces)


def together(*names: str) -> Extra:
    """What holds other extras promises what they promise."""
    held = [EXTRAS[name] for name in names]
    return Extra(tuple(module for one in held for module in one.modules), tuple(face for one in held for face in one.faces))


EXTRAS = {
    "": brought("duckdb pandas polars plotly", "of_work:core"),
    "openai": brought("openai", "of_models:openai"),
    "google": brought("google.genai", "of_models:google"),
    "anthropic": brought("anthropic", "of_models:anthropic"),
    "ollama": brought("ollama", "of_models:ollama"),
    "huggingface": brought("huggingface_hub", "of_models:huggingface"),
    "embedded": brought("xllamacpp onnxruntime tokenizers filelock", "of_models:embedded"),
    "lab": brought("ipykernel jupyterlab nbclient nbconvert", "of_work:lab"),
    "rag-pdf": brought("pypdfium2", "of_files:pdf"),
    "rag-word": brought("docx", "of_files:word"),
    "rag-excel": brought("python_calamine", "of_files:excel"),
    "rag-html": brought("selectolax", "of_files:html"),
    "rag-slides": brought("pptx", "of_files:slides"),
    "rag-image": brought("PIL", "of_files:image"),
    "rag-ocr": brought("rapidocr onnxruntime PIL", "of_files:ocr"),
    "rag-nlp": brought("simplemma", "of_files:nlp"),
    "rag-bm25": brought("bm25s", "of_files:bm25"),
    "rag-umap": brought("umap", "of_files:umap"),
    "rag-chroma": brought("chromadb", "of_stores:chroma"),
    "rag-faiss": brought("faiss", "of_stores:faiss"),
    "rag-pinecone": brought("pinecone", "of_stores:pinecone"),
    "rag-qdrant": brought("qdrant_client", "of_stores:qdrant"),
    "rag-weaviate": brought("weaviate", "of_stores:weaviate"),
    "rag-milvus": brought("pymilvus milvus_lite", "of_stores:milvus"),
    "rag-pgvector": brought("pgvector psycopg", "of_stores:pgvector"),
    "rag-voyage": brought("voyageai", "of_stores:voyage"),
    "sql-postgres": brought("psycopg adbc_driver_postgresql pyarrow", "of_work:sql_postgres"),
    "sql-mysql": brought("pymysql", "of_work:sql_mysql"),
    "sql-excel": brought("xlsxwriter", "of_work:sql_excel"),
    "classify": brought("sklearn", "of_work:classify"),
    "finetune": brought("datasets pyarrow", "of_work:finetune"),
    "mcp": brought("mcp", "of_models:mcp"),
    "mcp-sse": brought("mcp starlette uvicorn", "of_models:mcp", "of_models:mcp_sse"),
    "cache": brought("tiktoken", "of_models:cache"),
    "redis": brought("redis", "of_work:redis"),
    "celery": brought("celery", "of_work:celery"),
    "kafka": brought("kafka", "of_work:kafka"),
    "dask": brought("distributed", "of_work:dask"),
    "telemetry": brought("opentelemetry.sdk", "of_models:telemetry"),
    "docs": brought("sphinx myst_parser furo", "of_work:docs"),
    "dev": brought("pytest hypothesis mypy nbval playwright importlinter papermill sqlalchemy"),
}
EXTRAS["rag"] = together("rag-pdf", "rag-word", "rag-excel", "rag-html", "rag-slides", "rag-image", "rag-nlp", "rag-bm25")
EXTRAS["sql"] = together("sql-postgres", "sql-mysql", "sql-excel")
_STORES = ("rag-chroma", "rag-faiss", "rag-pinecone", "rag-qdrant", "rag-milvus", "rag-pgvector", "rag-voyage")
EXTRAS["rag-all"] = together("rag", "rag-ocr", "rag-weaviate", *_STORES)
EXTRAS["all"] = together(
    *("openai", "google", "anthropic", "ollama", "huggingface", "embedded", "lab", "rag", "rag-ocr", *_STORES, "sql"),
    *("classify", "finetune", "mcp", "mcp-sse", "cache", "redis", "celery", "kafka", "dask", "telemetry"),
)
QUICK = ("openai", "rag-pdf", "redis", "telemetry")
"""Small ones, one of each kind, which `make test` tries too."""
