"""The webhook body that the benchmarks post, after one that Alertmanager sent."""

import json
import pathlib

_CAPTURED = json.loads((pathlib.Path(__file__).resolve().parent.parent / "payloads" /
                        "mixed-firing-resolved.json").read_text())
_ALERT = next(alert for alert in _CAPTURED["alerts"] if alert["status"] == "firing")


def notification(wanted, namespace="default"):
    """One firing alert for each (Deployment, value)."""
    return {**_CAPTURED, "alerts": [
        {**_ALERT, "labels": {**_ALERT["labels"], "namespace": namespace, "deployment": name},
         "annotations": {"value": str(value)}, "fingerprint": f"{number:016x}"}
        for number, (name, value) in enumerate(wanted)]}
