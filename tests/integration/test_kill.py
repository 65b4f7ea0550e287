"""kill -9 at any moment loses no notification that was acknowledged, and repeats no change."""

import kills
from alert_load import CONFIG, Load, assert_as_undisturbed, create_deployments
from programs.process import wait_until
from programs.scalehook import Scalehook, reduced

KILLS = reduced(500, 150)


class Moments(kills.Moments):
    def __init__(self, load, stand_in, chance):
        super().__init__(load, chance)
        self._stand_in = stand_in
        self._passed = 0  # requests to the stand-in before this round

    def sending(self):
        self._load.await_more("began", self._chance.randint(1, 40))

    def acknowledged(self):
        self._load.await_more("acknowledged", self._chance.randint(1, 40))

    def reading(self):
        self._await_request("GET", "fault", hang=True)

    def written_in_vain(self):
        self._await_request("PATCH", "fault", hang=True)

    def written_unheard(self):
        self._await_request("PATCH", "performed", hang=True, processed=True)

    def written(self):
        self._await_request("PATCH", "status", delay=0)  # the ordinary answer, but marked

    def _await_request(self, method, what, **fault):
        """Until a request has met the fault and, as said by `what`, was performed or answered."""
        self._passed += len(self._stand_in.requests(after=self._passed))
        self._stand_in.fault(method=method, path="/apis/", **fault)
        wait_until(lambda: any(seen["fault"] and seen[what] for seen in
                               self._stand_in.requests(method, after=self._passed)),
                   f"a {method} meets the fault", interval=0.001)


def test_a_kill_at_any_moment_loses_and_repeats_nothing(stand_in, tmp_path):
    chance = kills.seeded(KILLS)
    create_deployments(stand_in)
    environment = {"KUBECONFIG": str(stand_in.kubeconfig)}
    with Load() as load:
        moments = Moments(load, stand_in, chance)
        for _ in range(KILLS):
            kills.kill_at(chance.choice(kills.names(Moments)), moments, load, tmp_path / "scalehook",
                          CONFIG, environment)
            stand_in.clear_faults()
        with Scalehook(tmp_path / "scalehook", CONFIG, environment) as scalehook:
            load.turn_to(scalehook)
            load.end()
            assert_as_undisturbed(load, scalehook, stand_in, tmp_path)
