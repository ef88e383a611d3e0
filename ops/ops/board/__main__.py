"""`python -m ops.board`: the board told by the environment where everything is, as in the image."""

from ops import localstack
from ops.board.app import run
from ops.board.settings import BoardSettings
from ops.localstack import state
from ops.standing.asking import named

if __name__ == "__main__":
    stacks = [stack for name in state.names() if (stack := localstack.find(name))]
    run(named("", stacks), BoardSettings())  # from the environment
