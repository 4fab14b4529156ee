"""Why a membership changes: each cause with the words that people read."""

CAUSES = {
    "interaction": "something they did",
    "attribute": "something known about them changed",
    "consent": "a consent changed",
    "change": "something about them changed",
    "time": "time passed",
    "rule": "the rule was changed",
    "segment": "another segment that the rule reads changed",
    "manual": "by hand",
    "merge": "two customers became one",
    "erasure": "erased",
    "reconcile": "a mistake was mended",
}
