"""One refusal for every provider: what cannot be done, why, and that nothing was sent."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from racto_nb.exceptions import UnsupportedError
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.providers.refusing import dict_extra, refusal, unsupported
from racto_nb.providers.wire import ModelSpec

SPEC = ModelSpec("acme", "tiny")


def test_a_refusal_names_the_model_the_wish_and_the_reason():
    error = refusal(SPEC, "extra['seed']", "it knows no seeds")

    assert str(error) == "acme:tiny cannot do extra['seed']: it knows no seeds. Nothing was sent."
    assert (error.provider, error.wish) == ("acme", "extra['seed']")


def test_advice_stands_as_a_sentence_of_its_own():
    error = unsupported(SPEC, "tools", "Leave them out.")

    assert str(error) == "acme:tiny cannot do tools. Leave them out. Nothing was sent."


@pytest.mark.parametrize("given", [{"top": 1}, MappingProxyType({"top": 1})], ids=["dict", "read-only"])
def test_a_dict_inside_extra_is_copied(given):
    assert dict_extra(ChatConfig(user_message="Hi", extra={"more": given}), SPEC, "more") == {"top": 1}
    assert dict_extra(EmbeddingConfig(texts=["Hi"], extra={"more": given}), SPEC, "more") is not given


def test_an_extra_that_is_left_out_is_an_empty_dict():
    assert dict_extra(ChatConfig(user_message="Hi"), SPEC, "more") == {}


def test_an_extra_that_is_no_dict_is_refused():
    with pytest.raises(UnsupportedError, match=r"extra\['more'\] of type list: it is a dict of parameters of the request"):
        dict_extra(ChatConfig(user_message="Hi", extra={"more": [1]}), SPEC, "more")
