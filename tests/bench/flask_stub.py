"""What scalehook takes the place of: a receiver that stores and scales nothing."""

from flask import Flask, request

app = Flask(__name__)


@app.route("/hpa", methods=["POST"])
def hpa():
    assert request.json["alerts"]
    return "ok"
