"""What the tasks of a job do, one module a kind. Each does the work and returns what writes the result down."""

from collections.abc import Callable, Mapping

from lib.contracts.states import TaskKind
from lib.worker.steps.encode import encode
from lib.worker.steps.finish import finish
from lib.worker.steps.land import land
from lib.worker.steps.plan import plan
from lib.worker.steps.work import Completion as Completion, Tools as Tools, Work as Work

STEPS: Mapping[TaskKind, Callable[[Work], Completion]] = {
    "land": land,
    "plan": plan,
    "encode": encode,
    "finish": finish,
}
