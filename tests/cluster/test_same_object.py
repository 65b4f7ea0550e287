"""One Deployment of a real API server that two targets name: it is scaled by one of them."""

from programs.kube_api import collection, workload
from programs.process import wait_until
from programs.scalehook import AT_ONCE, Scalehook

CONFIG = """
scalers:
  - {{name: deployment, plugin: k8s-deployment, settings: {{kubeconfig: {kubeconfig}}}}}
  - {{name: any, plugin: k8s-scale, settings: {{kubeconfig: {kubeconfig}}}}}
rules:
  - name: by-kind
    matchers: ['kind="Deployment"']
    target: {{scaler: any, apiVersion: apps/v1, kind: Deployment, namespace: "${{namespace}}", name: web}}
    action: scale-out
  - name: by-name
    matchers: ['trigger="hpa"']
    target: {{scaler: deployment, namespace: "${{namespace}}", name: web}}
    action: scale-out
"""


def alert(status="firing", **labels):
    ends = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T16:36:10.585Z"
    return {"version": "4", "status": status, "receiver": "auto-hpa", "alerts": [{
        "status": status, "labels": {"alertname": "Busy", "trigger": "hpa", **labels},
        "annotations": {}, "startsAt": "2026-11-23T16:06:10.585Z", "endsAt": ends}]}


def test_two_targets_of_one_deployment_do_not_scale_it_both(control_plane, namespace, tmp_path):
    manifest = workload("Deployment", "web", 2)
    control_plane.api.create(manifest, namespace)
    path = collection(manifest, namespace) + "/web"

    def has(replicas):
        return control_plane.api.get(path)["spec"]["replicas"] == replicas

    config = AT_ONCE + CONFIG.format(kubeconfig=control_plane.admin_kubeconfig)
    with Scalehook(tmp_path / "scalehook", config) as scalehook:
        def counted(reason, scaler):
            return scalehook.metric("scalehook_decisions_total", reason=reason, scaler=scaler)

        assert scalehook.post("/hpa", alert(namespace=namespace)).status == 200
        wait_until(lambda: has(3), "the first scales it")
        assert scalehook.post("/hpa", alert(namespace=namespace, kind="Deployment")).status == 200
        wait_until(lambda: counted("same-object", "any") == 1, "the second is refused")
        wait_until(lambda: f'deployment {namespace}/web' in scalehook.log(), "it is said by whom")
        assert scalehook.post("/hpa", alert("resolved", namespace=namespace)).status == 200
        wait_until(lambda: counted("applied", "deployment") == 2, "the first takes its replica back")
        assert has(2)
        assert counted("applied", "any") == 0
