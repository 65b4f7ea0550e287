"""Events as the daemon sends them to notifiers."""


def event(**changes):
    """A Deployment scaled out from 2 to 3, with these keys changed."""
    result = {
        "id": "decision-1", "time": "2026-11-23T16:06:10.585Z", "kind": "scaled",
        "scaler": "deployment", "target": {"namespace": "shop", "name": "checkout"},
        "target_text": "deployment shop/checkout", "rule": "checkout-queue",
        "action": "scale-out", "from": 2, "to": 3, "direction": "out", "reason": "applied",
        "explanation": "CheckoutQueue fires with value 37; the rule adds 1 replica",
        "dry_run": False, "external_url": "http://alertmanager.example.org:9093",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "CheckoutQueue", "trigger": "hpa", "namespace": "shop",
                       "deployment": "checkout"},
            "annotations": {"value": "37", "summary": "The queue is long",
                            "description": "37 tasks wait"},
            "starts_at": "2026-11-23T16:05:10.585Z", "fingerprint": "2af6778b02ef882d",
            "generator_url": "http://prometheus.example.org:9090/graph?g0.expr=app_active_task_count",
        }],
    }
    result.update(changes)
    return {key: value for key, value in result.items() if value is not None}
