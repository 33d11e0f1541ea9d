"""`%%racto` asks a model; `%racto` looks after models, conversations and settings."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Enum, Float, Int, Unicode

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.magics.documenting import documented
from racto_nb.notebook.magics.options import Options, read_options, split_line

if TYPE_CHECKING:
    from racto_nb.kits.conversations import Place
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.notebook.magics.answering import Answered, Asking
    from racto_nb.notebook.magics.asking import Question
    from racto_nb.notebook.magics.session import Session

DEFAULT_MODEL = "embedded:qwen2.5-coder-0.5b"
MODES = ("auto", "live", "static", "off")


@magics_class
class RactoMagics(Magics):
    """Settings of `%%racto`; `%config RactoMagics` lists them, `%config RactoMagics.model = "…"` sets one."""

    model = Unicode(DEFAULT_MODEL, help="The model of cells without --model: provider:name, or the name of a kit.").tag(
        config=True
    )
    temperature = Float(0.0, min=0.0, max=2.0, help="Sampling temperature of cells without --temperature.").tag(config=True)
    max_tokens = Int(0, min=0, help="Most tokens of an answer; 0 leaves it to ChatConfig (4096).").tag(config=True)
    timeout = Float(0.0, min=0.0, help="Longest time for each request in seconds, without tools; 0 is no limit.").tag(config=True)
    display = Enum(MODES, "auto", help="How answers are shown; the environment variable RACTO_DISPLAY goes first.").tag(
        config=True
    )
    cache = Unicode(
        "",
        help='Where cells keep answers and find them again: "memory", "disk", the path of a file, or "redis://..."; '
        '"" only with --cache.',
    ).tag(config=True)
    budget = Int(300_000, min=10_000, help="Bytes a second that live updates may send to the page.").tag(config=True)

    _session: Session | None = None

    @property
    def session(self) -> Session:
        """What the magics remember between cells."""
        if self._session is None:
            from racto_nb.notebook.magics.session import Session, conversations_of
            from racto_nb.notebook.magics.waiting import Waiting

            shell: Any = self.shell
            waiting = Waiting(in_kernel=hasattr(shell, "kernel"))
            self._session = Session(conversations=conversations_of(shell), waiting=waiting, events=shell.events)
        return self._session

    def close(self) -> None:
        """Stop what is written in the background."""
        if self._session is not None:
            self._session.tell()
            self._session.close()

    @property
    def namespace(self) -> dict[str, Any]:
        """The notebook's variables."""
        return cast("Any", self.shell).user_ns

    @line_cell_magic
    @no_var_expand
    @documented
    def racto(self, line: str, cell: str | None = None) -> None:
        r"""Ask a model: the cell's body is the question, the answer streams below.

        %%racto --model embedded:smollm2-135m --into answer
        Summarise {{table}} in one sentence.

        The body is plain text. {{expression}} inserts a Python value: names, attributes and indexing, no calls; write \{{ for
        the braces themselves. The result is kept in _racto: .text .parsed .df .model .usage .cost .response .prompt_text.
        Of several models, _racto["MODEL"] is the answer of one.
        An error, a refusal, a cut answer or a wrong shape fails the cell.

        OPTIONS

        %%racto rag NAME answers from the passages that the RactoRAG in the variable NAME finds: each citation [1] leads to the
        passage below the answer. _racto.rag has .outcome .sources .citations. Its options:

        RAG_OPTIONS

        %racto rag ingest PATH reads a file or a folder into it:

        INGEST_OPTIONS

        %%racto sql SOURCE asks a database: a variable (a SQLAnalystPipeline, a frame, a dict of frames, a connection), a file, an
        address, or $NAME, which holds one. A model writes the SQL, the guard and the engine let it only read. _racto has
        .answer .df .sql_query .verdict .figure. Its options:

        SQL_OPTIONS

        %%racto classify NAME sorts the cell's text by the labels of the classifier in the variable NAME, or by --labels;
        %racto classify NAME --frame df --column text all rows of a frame. _racto has .first .top_confidence, or the frame.
        Its options:

        CLASSIFY_OPTIONS

        The line magic: %racto use MODEL, models, last, history, reset, cost, budget, cache, rag, classify, dataset, chat, prompt,
        sql, jobs, replay, config, help, doctor.
        """
        from racto_nb.notebook.magics.failing import Interrupted, in_one_line, is_ours

        try:
            if cell is None:
                self._verb(line)
            else:
                self._ask_cell(line, cell)
        except Interrupted:
            raise
        except KeyboardInterrupt:
            raise Interrupted("the cell was stopped") from None
        except BaseException as error:
            if is_ours(error):
                in_one_line(error)
            raise

    def _verb(self, line: str) -> None:
        from racto_nb.notebook.magics.verbs import run_verb

        run_verb(line, self)

    def _ask_cell(self, line: str, cell: str) -> None:
        match line.split()[:1]:
            case ["rag"]:
                from racto_nb.notebook.magics.rag_asking import ask_rag as ask
            case ["sql"]:
                from racto_nb.notebook.magics.sql_asking import ask_sql as ask
            case ["classify"]:
                from racto_nb.notebook.magics.classifying import classify as ask
            case _:
                self._ask(read_options(line), cell)
                return
        ask(self, split_line(line)[1:], cell)

    def _ask(self, options: Options, cell: str) -> None:
        options = self.with_settings(options)
        self.refuse_overwriting(options)
        if len(options.model) > 1:
            from racto_nb.notebook.magics.several import ask_several

            ask_several(self, options, cell)
        else:
            self._ask_one(options, cell)

    def _ask_one(self, options: Options, cell: str) -> None:
        from racto_nb.notebook.magics.answering import Asking
        from racto_nb.notebook.magics.asking import question_of
        from racto_nb.notebook.magics.costing import budget_of
        from racto_nb.notebook.magics.hearing import heard

        self.session.refuse_busy(options.history)
        history = self.session.history(options.history, new=options.new)
        model = options.model[0] if options.model else self.model
        if options.dry_run:
            from racto_nb.notebook.magics.dry_runs import show_cell

            show_cell(self, options, cell, history, model)
            return
        kit = self.kit(model, options)
        question = question_of(options, cell, self.namespace, history, default_prompt=kit.default_prompt)
        shown = self.display_for(options, question, f"{kit.provider}:{kit.model}")
        kept = options.into if options.background and options.into is not None else "_racto"
        budget = budget_of(options)
        asking = Asking(kit, question, shown, stream=not options.no_stream, frame=options.df, place=kept, budget=budget)
        place = self.session.place(options.history, new=options.new)
        if options.background:
            self._begin(asking, place)
            return
        with heard() as notes:
            outcome = self._answered(asking)
        outcome.result = replace(outcome.result, notes=tuple(notes))
        self.keep(outcome, options)
        self._land(outcome, asking, place)
        self.finish(outcome, shown)
        if outcome.error is not None:
            raise outcome.error

    def kit(self, model: str, options: Options) -> DeveloperKit:
        """The kit for `model`, asking within the time and through the cache that a cell with these options wants."""
        return self.through_cache(self.session.kit(model, self.namespace, timeout=options.timeout), options)

    def through_cache(self, kit: DeveloperKit, options: Options) -> DeveloperKit:
        """`kit`, asking through the cache that a cell with these options wants."""
        from racto_nb.notebook.magics.caching import asking_through

        return asking_through(kit, self.session.caches, self.cache, wanted=options.cache, fresh=options.fresh)

    def _answered(self, asking: Asking) -> Answered:
        from racto_nb.notebook.magics.answering import answered
        from racto_nb.notebook.magics.together import answered_on_a_loop
        from racto_nb.notebook.magics.tooling import has_async

        if has_async(asking.question.config.tools):
            return answered_on_a_loop(asking, self.session.portal())
        return answered(asking)

    def _begin(self, asking: Asking, place: Place | None) -> None:
        """Ask in the background. The first display is shown here, by the cell, so that the answer stands below it."""
        from racto_nb.notebook.magics.pending import PendingAnswer

        answer = PendingAnswer(
            asking,
            keep=lambda outcome: self._land(outcome, asking, place),
            conversation=place,
            waiting=self.session.waiting,
        )
        asking.shown.open()
        self.session.begin(answer)
        self.namespace["_racto"] = self.namespace[asking.place] = answer

    def refuse_overwriting(self, options: Options) -> None:
        from racto_nb.kits.kit import DeveloperKit
        from racto_nb.notebook.magics.pending import show_again

        name = options.into or ""
        if isinstance(self.namespace.get(name), DeveloperKit):
            message = f"--into {name} would overwrite the kit of this name. Choose another name. Nothing was sent."
            raise UsageError(message)
        for answer in self.session.waited_for():
            if self.namespace.get(name) is not answer:
                continue
            if options.background:
                show_again(answer)
            message = (
                f"{name!r} is still being written. Wait for it (await {name}) or stop it ({name}.cancel()). Nothing was sent."
            )
            raise UsageError(message)

    def with_settings(self, options: Options) -> Options:
        return replace(
            options,
            # None for 0, which is the default of all: models that take no temperature warn of one that was set.
            temperature=(self.temperature or None) if options.temperature is None else options.temperature,
            max_tokens=options.max_tokens or self.max_tokens or None,
            timeout=options.timeout or self.timeout or None,
        )

    def display_for(self, options: Options, question: Question, model: str) -> Any:
        from racto_nb.notebook.display.choosing import background_display, chosen_display

        code = "json" if question.wants_json else ""
        mode = self.mode_of(options)
        in_kernel = hasattr(self.shell, "kernel")
        if options.background:
            return background_display(mode, options.into or "", in_kernel=in_kernel, model=model, budget=self.budget, code=code)
        return chosen_display(mode, in_kernel=in_kernel, model=model, budget=self.budget, code=code)

    @property
    def display_mode(self) -> str:
        """How answers are shown where a cell says nothing else. UsageError for a mode that there is not."""
        mode = os.environ.get("RACTO_DISPLAY") or self.display
        if mode not in MODES:
            raise UsageError(f"RACTO_DISPLAY={mode!r} is not a way to show answers.{did_you_mean(mode, MODES)}")
        return mode

    def mode_of(self, options: Options) -> str:
        """How the answers of a cell with these options are shown. UsageError for a mode that there is not."""
        mode = self.display_mode
        if options.quiet:
            return "off"
        return "static" if options.no_stream and not options.background and mode != "off" else mode

    def keep(self, outcome: Answered, options: Options) -> None:
        """Put the result into the variables where cells leave it."""
        self.keep_value(outcome.result, options)

    def keep_value(self, value: Any, options: Options) -> None:
        """Put any value into the variables where cells leave theirs."""
        self.session.last = self.namespace["_racto"] = self.namespace[options.into or "_racto"] = value

    def _land(self, outcome: Answered, asking: Asking, place: Place | None) -> None:
        self.session.last = outcome.result
        if outcome.error is not None or place is None:
            return
        if not outcome.result.text.strip():
            self.session.notices.append(f"The turn was not added to {place.name!r}: it ended with a call of a tool.")
        else:
            self.session.land(place, asking.question.config.user_message, outcome.result.text, kept=asking.place)

    def finish(self, outcome: Answered, shown: Any) -> None:
        """Show the whole answer and the line below it."""
        result = outcome.result
        shown.finish(result.footer, warning=result.warning, drawn=result.drawn if outcome.error is None else None)
