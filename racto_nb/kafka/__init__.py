"""Kafka: typed producers and consumers, stream processors that lose no record, and an audit log that outlives an outage.

    from racto_nb.kafka import KafkaAuditLogger, KafkaProducerClient, KafkaProducerConfig

    producer = KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers="localhost:9092"))
    producer.publish("agent.events", {"agent": "research", "status": "ready"})

    audit = KafkaAuditLogger(producer, topic="ai.audit")
    audit.log(user_id="u-42", model="gpt-6-luna", prompt="Summarize …", response="Summary …")

kafka-python does the talking (`pip install 'racto-nb[kafka]'`); it is imported when the first connection is made.
"""

from racto_nb.kafka.auditing import KafkaAuditLogger
from racto_nb.kafka.consuming import KafkaConsumerClient
from racto_nb.kafka.errors import BrokerError, CommitError, DeliveryError, SpillFullError
from racto_nb.kafka.events import KafkaAuditEvent
from racto_nb.kafka.producing import KafkaProducerClient
from racto_nb.kafka.records import KafkaMessage, KafkaProduceResult, KafkaPublishRequest
from racto_nb.kafka.settings import KafkaConsumerConfig, KafkaProducerConfig, KafkaStreamConfig
from racto_nb.kafka.streaming import KafkaStreamProcessor, StreamHandler

__all__ = [
    "BrokerError",
    "CommitError",
    "DeliveryError",
    "KafkaAuditEvent",
    "KafkaAuditLogger",
    "KafkaConsumerClient",
    "KafkaConsumerConfig",
    "KafkaMessage",
    "KafkaProduceResult",
    "KafkaProducerClient",
    "KafkaProducerConfig",
    "KafkaPublishRequest",
    "KafkaStreamConfig",
    "KafkaStreamProcessor",
    "SpillFullError",
    "StreamHandler",
]
