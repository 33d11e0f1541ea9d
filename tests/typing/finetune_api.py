"""Typical user code of training data and jobs, checked by pyright and mypy, both strict, and never run."""

from __future__ import annotations

from typing import assert_type

import pandas as pd
import polars as pl

from racto_nb import (
    AnthropicFineTuner,
    GeminiFineTuner,
    LocalFineTuner,
    OpenAIFineTuner,
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
)
from racto_nb.finetune import Finding, Findings, duplicates, leaks


def data(frame: pd.DataFrame) -> RactoDataset:
    data = RactoDataset.from_pairs([("Hi", "Hello")], system="You are brief.")
    data.add(RactoTrainingExample.from_conversation([("user", "And you?"), ("assistant", "Well.")]))
    data.add(RactoTrainingExample(messages=[RactoTrainingMessage(role="user", content="Hi")]))
    findings = data.validate(provider="openai")
    assert_type(findings, Findings)
    assert_type(findings.errors, list[Finding])
    assert_type(data.fix("openai"), RactoDataset)
    assert_type(data.summary(), dict[str, int | float])
    train, test = data.split(0.8, leak_free=True)
    assert_type(train, RactoDataset)
    assert_type(duplicates(train.examples)[0].examples, tuple[int, ...])
    assert_type(leaks(train.examples, test.examples).to_frame(), pl.DataFrame | pd.DataFrame)
    assert_type(data.to_pandas(), pd.DataFrame)
    data.export_jsonl("train.jsonl", provider="openai")
    return RactoDataset.from_pandas(frame)


def jobs(data: RactoDataset) -> str:
    tuner = OpenAIFineTuner()
    job = tuner.create_job(tuner.upload_dataset(data), "gpt-6-luna", n_epochs=3)
    assert_type(job, str)
    tuner.wait_for_completion(job)
    GeminiFineTuner(project="p", location="europe-west4").list_jobs()
    return job


def elsewhere(data: RactoDataset) -> tuple[AnthropicFineTuner, LocalFineTuner]:
    return AnthropicFineTuner(), LocalFineTuner("trl")
