#include "core/scaling/want.hpp"

#include <gtest/gtest.h>

namespace scalehook::scaling {
namespace {

constexpr auto out = Action::scale_out;
constexpr auto in = Action::scale_in;
constexpr auto to = Action::scale_to;

TEST(Want, Table) {
  struct Row {
    const char* what;
    Policy policy;
    Action action;
    Measure measure;
    std::optional<std::int64_t> wanted;
  };
  const Row rows[] = {
      {"a step out", Step{2}, out, {3, {}, {}}, 5},
      {"a step in", Step{2}, in, {3, {}, {}}, 1},
      {"a step in does not go below nothing", Step{5}, in, {3, {}, {}}, 0},
      {"percent is rounded up going out", Percent{10}, out, {11, {}, {}}, 13},
      {"percent is rounded down going in", Percent{10}, in, {19, {}, {}}, 18},
      {"percent is at least one going out", Percent{1}, out, {2, {}, {}}, 3},
      {"percent is at least one going in", Percent{1}, in, {2, {}, {}}, 1},
      {"percent of nothing is one", Percent{50}, out, {0, {}, {}}, 1},
      {"per replica is rounded up", PerReplica{30}, out, {2, {}, 91.0}, 4},
      {"per replica without remainder", PerReplica{30}, out, {2, {}, 90.0}, 3},
      {"per replica of nothing", PerReplica{30}, in, {2, {}, 0.0}, 0},
      {"per replica needs a value", PerReplica{30}, out, {2, {}, {}}, {}},
      {"ratio is of the ready replicas", Ratio{50}, out, {4, 3, 100.0}, 6},
      {"ratio without ready takes all", Ratio{50}, out, {4, {}, 100.0}, 8},
      {"ratio is rounded up", Ratio{50}, out, {3, 3, 60.0}, 4},
      {"ratio within tolerance above", Ratio{100}, out, {10, 10, 109.0}, 10},
      {"ratio within tolerance below", Ratio{100}, in, {10, 10, 91.0}, 10},
      {"ratio of what does not serve", Ratio{50}, out, {6, 0, 160.0}, 6},
      {"ratio of nothing", Ratio{50}, out, {0, 0, 160.0}, 0},
      {"ratio beyond tolerance", Ratio{100}, out, {3, 3, 110.1}, 4},
      {"ratio needs a value", Ratio{50}, out, {4, 4, {}}, {}},
      {"set is a constant", Set{7}, to, {2, {}, 99.0}, 7},
      {"set takes the value", Set{}, to, {2, {}, 6.2}, 7},
      {"set value needs one", Set{}, to, {2, {}, {}}, {}},
      {"absurd ratios stay numbers", Ratio{1e-9}, out, {3, 1, 1.7e308}, 1'000'000'000},
      {"absurd values stay numbers", PerReplica{1e-9}, out, {2, {}, 1e300}, 1'000'000'000},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(want(row.policy, row.action, row.measure), row.wanted) << row.what;
  }
}

}  // namespace
}  // namespace scalehook::scaling
