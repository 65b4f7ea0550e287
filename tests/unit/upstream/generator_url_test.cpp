#include "core/upstream/generator_url.hpp"

#include <gtest/gtest.h>

namespace scalehook::upstream {
namespace {

TEST(GeneratorUrl, HoldsTheExpression) {
  const struct {
    const char* url;
    const char* expression;
  } rows[] = {
      {"http://prometheus:9090/graph?g0.expr=app_active_task_count+%3E+30&g0.tab=1",
       "app_active_task_count > 30"},
      {"https://u:p@[::1]:9090/prom/graph?g0.tab=1&g0.expr=x%7Ba%3D%22b%2Bc%22%7D#g0.expr=y",
       "x{a=\"b+c\"}"},
      {"/graph?g0.expr=%C3%BC%0A", "ü\n"},
      {"http://a/graph?g0.expr=x&g0.expr=y", "x"},
  };
  for (const auto& row : rows) EXPECT_EQ(from_generator_url(row.url), row.expression);
  for (const char* url : {"", "http://prometheus:9090/graph", "http://a/graph?g0.expr=",
                          "http://a/graph?g0.expr", "http://a/graph?g0.expr=%", "http://a b/",
                          "http://a/graph?g1.expr=x", "http://a/?x=1#g0.expr=y"}) {
    EXPECT_EQ(from_generator_url(url), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace scalehook::upstream
