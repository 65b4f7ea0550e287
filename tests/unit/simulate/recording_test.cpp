#include "core/simulate/recording.hpp"

#include <gtest/gtest.h>

#include "core/promql/age.hpp"
#include "core/promql/expression.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr const char* named = R"({"data":{"resultType":"matrix","result":[
    {"metric":{"__name__":"tasks","pod":"a"},"values":[[60,"1"],[120,"2"],[240,"4"],[300,"5"],[360,"6"]]}]}})";
constexpr const char* unnamed = R"({"data":{"resultType":"matrix","result":[
    {"metric":{"pod":"b"},"values":[[60,"10"],[120,"20"]]}]}})";

Time at(std::chrono::seconds time) { return Time{time}; }

// "{pod=a} 1, …"; one sentence in brackets if it is refused.
std::string value(const std::string& expression, const Database& database, Time now) {
  StandingQuery query{*promql::parse(expression), database};
  const auto found = query.at(now);
  if (!found) return "[" + found.error() + "]";
  std::string all;
  for (const auto& element : *found) {
    all += all.empty() ? "" : ", ";
    for (const auto& [name, text] : labels_of(element)) all += name + "=" + text + " ";
    all += std::to_string(element.value).substr(0, 4);
  }
  return all;
}

TEST(Recording, NamedSeriesArePlayedAsTheyWereScrapedAndOthersAreWhatAnExpressionWas) {
  const auto recording = Recording::of({*read_trace(unnamed, "u"), *read_trace(named, "n")}, true);
  ASSERT_TRUE(recording) << recording.error();
  EXPECT_EQ(recording->start(), at(60s));
  EXPECT_EQ(recording->end(), at(360s));
  EXPECT_EQ(recording->step(), 60s);
  Database database;
  Playback playback{*recording, "sum by (pod) (rate(x[1m]))", database, [](auto) { return 1; }};
  playback.catch_up(at(130s));
  EXPECT_EQ(value("tasks", database, at(130s)), "pod=a 2.00");
  EXPECT_EQ(value("sum by(pod)(rate(x[1m])) * 2", database, at(130s)), "pod=b 40.0");
  EXPECT_EQ(value("time() - timestamp(tasks)", database, at(130s)), "pod=a 10.0");
  EXPECT_EQ(value("x", database, at(130s)), "") << "the parts of what was recorded are not known";
  // That it is fresh is known all the same.
  EXPECT_EQ(value(*promql::age_of("sum by (pod) (rate(x[1m]))"), database, at(130s)), "pod=b 0.00");
  // What was evaluated at each step is gone where a step has nothing.
  playback.catch_up(at(185s));
  EXPECT_EQ(value("tasks", database, at(185s)), "");
  EXPECT_EQ(value("sum by (pod) (rate(x[1m]))", database, at(185s)), "");
  playback.catch_up(at(240s));
  EXPECT_EQ(value("tasks", database, at(240s)), "pod=a 4.00");
  EXPECT_EQ(value("max_over_time(tasks[5m])", database, at(240s)), "pod=a 4.00");
}

TEST(Recording, ValuesAreMultipliedWhenTheyAreScraped) {
  const auto recording = Recording::of({*read_trace(named, "n"), *read_trace(unnamed, "u")}, true);
  ASSERT_TRUE(recording) << recording.error();
  Database database;
  double factor = 1;
  Playback playback{*recording, "y", database, [&](std::size_t) { return factor; }};
  playback.catch_up(at(60s));
  factor = 0.5;
  playback.catch_up(at(120s));
  EXPECT_EQ(value("tasks", database, at(119s)), "pod=a 1.00");
  EXPECT_EQ(value("tasks", database, at(120s)), "pod=a 1.00");
  EXPECT_EQ(value("y", database, at(120s)), "pod=b 10.0");
}

TEST(Recording, SeriesThatCannotBeToldApartAreRefused) {
  const auto said = [](std::vector<Trace> traces, bool keeps_names) {
    const auto recording = Recording::of(std::move(traces), keeps_names);
    return recording ? std::string{} : recording.error();
  };
  const auto csv = *read_trace("60,1\n", "a.csv");
  EXPECT_NE(said({csv, *read_trace("60,1\n", "b.csv")}, true)
                .find("the same labels and no name, in a.csv and b.csv"),
            std::string::npos);
  EXPECT_NE(said({*read_trace(named, "n"), *read_trace(named, "m")}, true)
                .find("the name tasks and the same labels, in n and m"),
            std::string::npos);
  EXPECT_EQ(said({csv, *read_trace(unnamed, "u"), *read_trace(named, "n")}, true), "");
  auto other = *read_trace(named, "n");
  other.series[0].name = "other";
  EXPECT_EQ(said({*read_trace(named, "n"), other}, true), "");
  EXPECT_NE(said({*read_trace(named, "n"), other}, false), "");
}

TEST(Database, OfOneNameAndLabelsThereIsOneSeries) {
  Database database;
  const auto first = database.add("a", {{"pod", "x"}, {"empty", ""}});
  const auto generation = database.generation();
  EXPECT_EQ(database.add("a", {{"pod", "x"}}), first);
  EXPECT_EQ(database.generation(), generation);
  EXPECT_NE(database.add("a", {{"pod", "y"}}), first);
  EXPECT_NE(database.generation(), generation);
  StandingQuery query{*promql::parse("sum(a)"), database};
  database.append(first, at(10s), 3);
  database.append(first, at(10s), 4);
  EXPECT_EQ(query.at(at(10s))->at(0).value, 3);
  // It finds series that come later, and forgets those that end.
  database.append(database.add("a", {{"pod", "z"}}), at(11s), 5);
  EXPECT_EQ(query.at(at(11s))->at(0).value, 8);
  database.end(first, at(12s));
  EXPECT_EQ(query.at(at(12s))->at(0).value, 5);
  EXPECT_TRUE(query.at(at(10min))->empty());
}

}  // namespace
}  // namespace scalehook::simulate
