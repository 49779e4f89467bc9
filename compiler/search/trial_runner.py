"""Runs the trials of an engine on all workers, so that an interrupted search is resumed where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bxnn.compiler.errors import InputError
from bxnn.compiler.search.layer_plan import macs
from bxnn.compiler.search.proposer import Proposal, Proposer
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import run_trial
from bxnn.compiler.search.trial_store import ASKED, TOLD, TrialStore

if TYPE_CHECKING:
    from distributed import Client, Future

_MOST_PROPOSALS = 20  # for every training that is asked for; a space that is refused even more often ends the search
_UNTRAINED = (Outcome.PRICED, Outcome.REFUSED, Outcome.FAILED)

Advance = Callable[[int, int], None]
Connect = Callable[[bool], "Client"]


@dataclass
class TrialRunner:
    """A search with one seed.

    Attributes:
        context: The search.
        store: Where trials are kept.
        proposer: What proposes them.
        seed: Of the search.
        advance: Told how many trainings are done, and how many proposals were refused.
        told: Trials in the order in which the proposer has been told of them.
        waiting: Proposals that it has not been told of.
    """

    context: TrialContext
    store: TrialStore
    proposer: Proposer
    seed: int
    advance: Advance = lambda trained, refused: None
    told: list[Trial] = field(default_factory=list)
    waiting: dict[str, Proposal] = field(default_factory=dict)

    @property
    def trained(self) -> int:
        """Trainings so far."""
        return sum(trial.outcome not in _UNTRAINED for trial in self.told)

    def run(self, connect: Connect) -> list[Trial]:
        """All trials, those of an earlier run included.

        A scheduler that ends takes what is running with it; another one at its address gets that again.

        Args:
            connect: Connects to Dask, or once more if its scheduler has gone; only called if there is anything to run.
        """
        from concurrent.futures import CancelledError

        self._replay()
        self._advance()
        if self._enough(0) and not self.waiting:
            return self.told
        gone = False
        while True:
            try:
                self._run(connect(gone))
                return self.told
            except CancelledError:
                gone = True

    def _replay(self) -> None:
        """Ask and tell as the journal of an earlier run says; the proposer then is where it was.

        Raises:
            InputError: If the proposer proposes something else, as another version of it may.
        """
        for lines, (word, key) in enumerate(self.store.journal(self.seed)):
            if word == ASKED:
                proposal = self.proposer.ask()
                if proposal is None or proposal.key != key:
                    told = "was begun by an engine that proposes other networks, perhaps another version of it"
                    raise InputError(str(self.store.folder), f"{told}; name another folder, or remove this one")
                self.waiting[key] = proposal
            else:
                trial = self.store.get(key)
                if trial is None or key not in self.waiting:
                    self.store.cut(self.seed, lines)
                    return
                self._tell(self.waiting.pop(key), trial)

    def _run(self, client: Client) -> None:
        from distributed import wait

        slots = max(sum(client.nthreads().values()), 1)
        running: dict[Future[Any], Proposal] = {}
        for proposal in list(self.waiting.values()):
            self._submit(client, proposal, running)
        while True:
            while len(running) < slots and not self._enough(len(running)):
                asked = self._ask()
                if asked is None:
                    break
                self._submit(client, asked, running)
            if not running:
                return
            done = wait(list(running), return_when="FIRST_COMPLETED").done
            for future in [future for future in running if future in done]:
                self._finish(running.pop(future), future)

    def _ask(self) -> Proposal | None:
        proposal = self.proposer.ask()
        if proposal is not None:
            self.waiting[proposal.key] = proposal
            self.store.note(self.seed, ASKED, proposal.key)
        return proposal

    def _submit(self, client: Client, proposal: Proposal, running: dict[Future[Any], Proposal]) -> None:
        stored = self.store.get(proposal.key)
        if stored is not None:
            self._done(proposal, stored)
            return
        known = next((trial for trial in self.told if trial.candidate == proposal.candidate), None)
        predicted = None if known is None else known.predicted
        running[client.submit(run_trial, self.context, proposal, predicted, pure=False)] = proposal

    def _finish(self, proposal: Proposal, future: Future[Any]) -> None:
        from distributed import KilledWorker

        try:
            trial, files = future.result()
        except KilledWorker:
            trial, files = self._failed(proposal), None
        self.store.put(trial, files)
        self._done(proposal, trial)

    def _done(self, proposal: Proposal, trial: Trial) -> None:
        self.waiting.pop(proposal.key, None)
        self.store.note(self.seed, TOLD, proposal.key)
        self._tell(proposal, trial)
        self._advance()

    def _tell(self, proposal: Proposal, trial: Trial) -> None:
        self.proposer.tell(proposal, trial)
        self.told.append(trial)

    def _failed(self, proposal: Proposal) -> Trial:
        return Trial(
            candidate=proposal.candidate,
            epochs=proposal.epochs,
            seed=proposal.seed,
            outcome=Outcome.FAILED,
            reason="its process died several times, perhaps because it ran out of memory",
            macs=macs(self.context.plans(proposal.candidate)),
            schedule_seconds=0.0,
            seconds=0.0,
        )

    def _enough(self, running: int) -> bool:
        """Whether nothing more is to be asked for."""
        wanted = self.context.config.trials
        asked = len(self.told) + running
        return self.trained + running >= wanted or asked >= _MOST_PROPOSALS * wanted

    def _advance(self) -> None:
        self.advance(self.trained, sum(trial.outcome in (Outcome.REFUSED, Outcome.FAILED) for trial in self.told))
