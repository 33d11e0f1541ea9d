"""What the extras of vector stores are for. Those that need a server meet a stand-in, or an address where nobody listens."""

from racto_nb.exceptions import MissingExtraError, RactoGatewayError
from racto_nb.rag import Chunk, ChunkMetadata


def keeps(store):
    """Two chunks go in, and the nearer one comes back."""
    with store:
        store.add([_chunk("a", [1.0, 0.0]), _chunk("b", [0.0, 1.0])])
        assert store.search([0.1, 0.9], top_k=1)[0].chunk.chunk_id == "b"
        assert store.count() == 2


def _chunk(name, vector):
    place = ChunkMetadata(source="terms.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=9, doc_id="terms")
    return Chunk(chunk_id=name, doc_id="terms", content=f"text of {name}", embedding=vector, metadata=place)


def refused(call, kind=RactoGatewayError):
    """`call` finds nobody, and says so by one of our errors."""
    try:
        call()
    except MissingExtraError:
        raise
    except kind:
        return
    message = "nobody listens there, and yet there was an answer"
    raise AssertionError(message)


def chroma():
    from racto_nb import ChromaStore

    keeps(ChromaStore("terms", path="chroma"))


def faiss():
    from racto_nb import FAISSStore

    keeps(FAISSStore(index_path="terms.vectors"))


def qdrant():
    from racto_nb import QdrantStore

    keeps(QdrantStore("terms"))


def milvus():
    from racto_nb import MilvusStore

    keeps(MilvusStore("terms", uri="terms.db"))


def pinecone():
    import fake_pinecone
    from pinecone import Pinecone

    from racto_nb import PineconeStore

    with fake_pinecone.running() as server:
        keeps(PineconeStore("terms", client=Pinecone(api_key=fake_pinecone.KEY, host=server.address)))


def weaviate():
    import fake_weaviate

    from racto_nb import WeaviateStore

    with fake_weaviate.running() as server:
        keeps(WeaviateStore("Terms", url=server.address, grpc_port=server.grpc_port, api_key=fake_weaviate.KEY))


def pgvector():
    from racto_nb import PGVectorStore

    refused(PGVectorStore("postgresql://ann:secret@127.0.0.1:1/terms").count)


def voyage():
    from racto_nb import VoyageEmbedder

    nobody = VoyageEmbedder(api_key="any", base_url="http://127.0.0.1:1/v1", max_retries=0, timeout=5)
    refused(lambda: nobody.embed(["Paris"]))
