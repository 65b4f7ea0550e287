#!/usr/bin/python3
"""An exec credential plugin: a token that is good for so many seconds, signed as the API server
signs those of service accounts.

    exec_helper.py --key FILE --subject JSON --lives SECONDS --says SECONDS --runs FILE

`--lives` is how long the server takes it, `--says` how long it is said to be good (0: for ever).
Each run adds the line of its token to the file `--runs`.
"""

import argparse
import base64
import datetime
import json
import os
import subprocess
import time

# The server takes a token for so long beyond its time (go-jose's leeway).
LEEWAY = 60


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--key", required=True)
    parser.add_argument("--subject", required=True, type=json.loads)
    parser.add_argument("--lives", required=True, type=int)
    parser.add_argument("--says", required=True, type=int)
    parser.add_argument("--runs", required=True)
    arguments = parser.parse_args()

    info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
    now = time.time()
    claims = {**arguments.subject, "iat": int(now) - 2 * LEEWAY, "nbf": int(now) - 2 * LEEWAY,
              "exp": int(now) + arguments.lives - LEEWAY}
    text = b".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", arguments.key], input=text,
                               capture_output=True, check=True).stdout
    token = (text + b"." + encoded(signature)).decode()
    with open(arguments.runs, "a", encoding="ascii") as runs:
        runs.write(token + "\n")
    status = {"token": token}
    if arguments.says:
        until = datetime.datetime.fromtimestamp(now + arguments.says, datetime.timezone.utc)
        status["expirationTimestamp"] = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential",
                      "status": status}))


if __name__ == "__main__":
    main()
