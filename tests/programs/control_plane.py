"""A real Kubernetes control plane: etcd, kube-apiserver and, if wanted, kube-controller-manager.

There is no node: workloads get real ReplicaSets and Pods, and the Pods stay pending. From the
command line it runs until SIGTERM or SIGINT:

    /usr/bin/python3 tests/programs/control_plane.py --kubeconfig FILE
"""

import argparse
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from programs.certificates import Authority, rsa_key_pair
from programs.kube_api import Api, write_kubeconfig
from programs.process import Process, free_port, http_ok, wait_until

_BUILD = pathlib.Path(__file__).resolve().parent.parent / "cluster" / "build-control-plane.sh"
_ISSUER = "https://kubernetes.default.svc"
_CONTROLLERS = ("clusterrole-aggregation,deployment,endpoint,garbagecollector,"
                "horizontalpodautoscaling,namespace,replicaset,serviceaccount,"
                "serviceaccount-token,statefulset")


def assets(build=True):
    """The folder with the programs, built now if need be; None if not built and not to be built."""
    done = subprocess.run([_BUILD] if build else [_BUILD, "--if-built"], stdout=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        assert not build, f"{_BUILD.name} failed with {done.returncode}; its output says why"
        return None
    return pathlib.Path(done.stdout.strip())


class ControlPlane:
    """Ready when the constructor returns, in about two seconds; serves 127.0.0.1 only.

    folder       an empty folder for keys, data and logs
    controllers  whether kube-controller-manager runs too; afterwards, whether it does: the usual
                 KUBEBUILDER_ASSETS hold none
    aggregation  whether kube-apiserver passes requests on to the servers of APIServices
    controller_arguments  further flags of kube-controller-manager; they stand over those here
    url, ca_file, admin_kubeconfig, api, a client with every right, and server, the running
    kube-apiserver, are for the tests.
    """

    def __init__(self, folder, controllers=True, programs=None, aggregation=False,
                 controller_arguments=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._programs = pathlib.Path(programs or assets())
        self.controllers = controllers and (self._programs / "kube-controller-manager").exists()
        self._aggregation = aggregation
        self._controller_arguments = controller_arguments
        self._processes = []
        self._authority = Authority(self.folder / "pki")
        self.ca_file = self._authority.certificate
        self.url = f"https://127.0.0.1:{free_port()}"
        admin_token = secrets.token_hex(16)
        self.api = Api(self.url, self.ca_file, admin_token)
        self.admin_kubeconfig = self.kubeconfig(self.folder / "admin.kubeconfig", token=admin_token)
        try:
            self._start_server(self._start_etcd(), admin_token)
            if self.controllers:
                self._start_controllers()
        except BaseException:
            self.stop()
            raise

    def _run(self, *argv):
        process = Process(argv, self.folder / f"{pathlib.Path(argv[0]).name}.log")
        self._processes.append(process)
        return process

    def _start_etcd(self):
        program = self._programs / "etcd"
        url, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        etcd = self._run(
            program if program.exists() else "etcd", "--data-dir", self.folder / "etcd",
            "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
            "--initial-cluster", f"default={peers}",
            # It elects itself at once rather than after a second.
            "--heartbeat-interval=10", "--election-timeout=50")
        # kube-apiserver would wait a second before it asks again.
        etcd.await_ready(lambda: http_ok(url + "/health"))
        return url

    def _start_server(self, etcd, admin_token):
        certificate, key = self._authority.server("kube-apiserver")
        self._token_key, token_public = rsa_key_pair(self.folder / "pki", "service-account")
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f"{admin_token},admin,admin,system:masters\n")
        self._serve = (
            self._programs / "kube-apiserver", f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--client-ca-file={self.ca_file}", f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC", f"--service-account-issuer={_ISSUER}",
            f"--service-account-signing-key-file={self._token_key}",
            f"--service-account-key-file={token_public}",
            "--service-cluster-ip-range=10.0.0.0/24",
            *(self._front_proxy() if self._aggregation else ()))
        self.start_server()

    def _front_proxy(self):
        """What kube-apiserver needs before it speaks to other API servers in a user's name."""
        certificate, key = self._authority.client("front-proxy-client")
        return (f"--requestheader-client-ca-file={self.ca_file}",
                "--requestheader-allowed-names=front-proxy-client",
                "--requestheader-username-headers=X-Remote-User",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                f"--proxy-client-cert-file={certificate}", f"--proxy-client-key-file={key}")

    def start_server(self):
        """Starts kube-apiserver; again, once `server` was killed: all that was stored is there."""
        self.server = self._run(*self._serve)
        self.server.await_ready(lambda: self.api.request("GET", "/readyz").status == 200,
                                timeout=120)

    def _start_controllers(self):
        program = self._programs / "kube-controller-manager"
        controllers = self._run(
            program, f"--kubeconfig={self.admin_kubeconfig}", "--leader-elect=false",
            "--bind-address=127.0.0.1", f"--secure-port={free_port()}",
            f"--cert-dir={self.folder}", f"--controllers={_CONTROLLERS}",
            f"--service-account-private-key-file={self._token_key}",
            f"--root-ca-file={self.ca_file}", "--horizontal-pod-autoscaler-sync-period=1s",
            *self._no_insecure_port(program), *self._controller_arguments)
        # The account that every Pod needs is made by a controller, so they are at work.
        controllers.await_ready(lambda: self.api.request(
            "GET", "/api/v1/namespaces/default/serviceaccounts/default").status == 200, timeout=120)

    @staticmethod
    def _no_insecure_port(program):
        """Up to 1.23 it also listens in plain on every interface, unless told; 1.24 has no flag."""
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        minor = int(told.stdout.split("v")[1].split(".")[1])
        return ["--port=0"] if minor < 24 else []

    def create_namespace(self, prefix="test"):
        """A new namespace; answers its name."""
        manifest = {"apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": f"{prefix}-{secrets.token_hex(4)}"}}
        return self.api.create(manifest)["metadata"]["name"]

    def service_account(self, namespace, name, cluster_role=None, everywhere=False):
        """A new service account with a ClusterRole's rights, in its namespace or everywhere."""
        self.api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
                        namespace)
        if cluster_role:
            kind = "ClusterRoleBinding" if everywhere else "RoleBinding"
            self.api.create({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": f"{namespace}-{name}" if everywhere else name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                            "name": cluster_role}}, namespace)
            self.await_rights(f"system:serviceaccount:{namespace}:{name}", namespace, cluster_role)

    def await_rights(self, user, namespace, cluster_role):
        """Returns once the user has the role's rights: the API server hears of a binding later."""
        path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{cluster_role}"
        for rule in self.api.get(path)["rules"]:
            resource, _, part = rule["resources"][0].partition("/")
            review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                      "spec": {"user": user, "resourceAttributes": {
                          "namespace": namespace, "group": rule["apiGroups"][0],
                          "resource": resource, "subresource": part, "verb": rule["verbs"][0]}}}
            wait_until(lambda asked=review: self.api.ask(
                "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", asked)
                ["status"]["allowed"], f"{user} has the rights of {cluster_role}")

    def token(self, namespace, service_account, seconds=3600):
        """A new token of the account, valid so long (at least 600 s)."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{service_account}/token"
        answer = self.api.ask("POST", path, {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"audiences": [_ISSUER], "expirationSeconds": seconds}})
        return answer["status"]["token"]

    def token_signer(self, namespace, service_account):
        """What signs tokens of the account: the server's key, and the claims that say whose."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{service_account}"
        uid = self.api.get(path)["metadata"]["uid"]
        return self._token_key, {
            "iss": _ISSUER, "aud": [_ISSUER],
            "sub": f"system:serviceaccount:{namespace}:{service_account}",
            "kubernetes.io": {"namespace": namespace,
                              "serviceaccount": {"name": service_account, "uid": uid}}}

    def client_certificate(self, user, groups=()):
        """A certificate for this user, signed by the CA that the server trusts: two paths."""
        return self._authority.client(user, groups)

    def server_certificate(self, name, hosts=("127.0.0.1", "localhost")):
        """One for another server of these hosts, signed by the cluster's CA: two paths."""
        return self._authority.server(name, hosts)

    def kubeconfig(self, path, token=None, certificate=None, namespace="default"):
        return write_kubeconfig(path, self.url, self.ca_file, token, certificate, namespace)

    def kubeconfig_for_role(self, path, namespace, cluster_role):
        """A kubeconfig with exactly the rights of this ClusterRole, in this namespace only."""
        name = f"account-{secrets.token_hex(4)}"
        self.service_account(namespace, name, cluster_role)
        return self.kubeconfig(path, token=self.token(namespace, name), namespace=namespace)

    def stop(self):
        while self._processes:
            # Nothing of theirs is kept, and a graceful kube-apiserver waits for its watches.
            self._processes.pop().kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kubeconfig", required=True, help="where to write the admin's kubeconfig")
    parser.add_argument("--folder", help="keeps keys, data and logs there; else a temporary folder")
    parser.add_argument("--no-controllers", action="store_true", help="no kube-controller-manager")
    arguments = parser.parse_args()
    stopping = {signal.SIGTERM, signal.SIGINT}
    programs = assets()
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp(prefix="scalehook-control-plane-"))
    signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    try:
        with ControlPlane(folder, not arguments.no_controllers, programs) as plane:
            shutil.copyfile(plane.admin_kubeconfig, arguments.kubeconfig)
            os.chmod(arguments.kubeconfig, 0o600)
            print(f"ready: {plane.url}, kubeconfig {arguments.kubeconfig}", flush=True)
            signal.sigwait(stopping)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
