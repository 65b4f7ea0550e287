// Every refusal of a plugin's shared object, by what it says.
#include "core/plugin/library.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace scalehook::plugin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string echo_path = fs::canonical(GOOD_PLUGINS "/echo.so");
std::string bad_path(const std::string& name) { return fmt::format(BAD_PLUGINS "/{}.so", name); }

// What `load` says, without the path in front.
std::string refusal_of(const std::string& path) {
  const auto library = load(path);
  if (library) return "loaded";
  EXPECT_THAT(library.error(), StartsWith(path + ": "));
  return library.error().substr(path.size() + 2);
}

struct Refused {
  std::string plugin;
  std::string message;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.plugin; }

class BadPlugin : public testing::TestWithParam<Refused> {};

TEST_P(BadPlugin, IsRefusedWithFactAndRemedy) {
  EXPECT_EQ(refusal_of(bad_path(GetParam().plugin)), GetParam().message);
  // A refusal stays one: nothing half-loaded is handed out the second time.
  EXPECT_EQ(refusal_of(bad_path(GetParam().plugin)), GetParam().message);
}

const Refused refusals[] = {
    {"wrong-magic",
     "its table begins with 0xdeadbeef, not with SCALEHOOK_MAGIC 0x4b4f4853; rebuild it with this "
     "version's scalehook/plugin.h"},
    {"short-table",
     "its table is of 48 bytes, and 112 is the least; rebuild it with this version's "
     "scalehook/plugin.h"},
    {"other-major",
     "it is built for plugin interface 2.0, and this is 1.1; rebuild it with this version's "
     "scalehook/plugin.h"},
    {"newer-host",
     "it needs plugin interface 1.99 or later, and this is 1.1; install a newer scalehook, or an "
     "older version of the plugin"},
    {"bad-name",
     "its name \"Bad Name \" is not of a-z, 0-9 and - only, 1 to 63 of them; this is for the "
     "plugin's author to mend"},
    {"no-name",
     "its name \"\" is not of a-z, 0-9 and - only, 1 to 63 of them; this is for the plugin's "
     "author to mend"},
    {"no-version", "its version is missing; this is for the plugin's author to mend"},
    {"schema-not-json",
     "its settings schema is wrong at (top): is not JSON: syntax error; this is for the plugin's "
     "author to mend"},
    {"schema-unknown-keyword",
     "its settings schema is wrong at /properties/n/minimun: unknown keyword; did you mean "
     "\"minimum\"?; this is for the plugin's author to mend"},
    {"target-of-numbers",
     "its target schema allows other values than strings; this is for the plugin's author to "
     "mend"},
    {"no-create", "it has no function create; this is for the plugin's author to mend"},
    {"no-destroy", "it has no function destroy; this is for the plugin's author to mend"},
    {"no-role", "it is neither a scaler nor a notifier; this is for the plugin's author to mend"},
    {"short-scaler",
     "its scaler's table is of 8 bytes, and 40 is the least; rebuild it with this version's "
     "scalehook/plugin.h"},
    {"scaler-without-read",
     "it has no function read for its scaler; this is for the plugin's author to mend"},
    {"scaler-without-write",
     "it has no function write for its scaler; this is for the plugin's author to mend"},
    {"short-notifier",
     "its notifier's table is of 8 bytes, and 16 is the least; rebuild it with this version's "
     "scalehook/plugin.h"},
    {"notifier-without-notify",
     "it has no function notify for its notifier; this is for the plugin's author to mend"},
    {"deaf-notifier",
     "its notifier subscribes to 0, and this host tells of decisions only, which is 1; set "
     "subscribes to SCALEHOOK_DECISIONS, or install a newer scalehook"},
    {"alerts-notifier",
     "its notifier subscribes to 3, and this host tells of decisions only, which is 1; set "
     "subscribes to SCALEHOOK_DECISIONS, or install a newer scalehook"},
    {"reserved-set",
     "its table's reserved member is 7, not 0; this is for the plugin's author to mend"},
    {"scaler-reserved-set",
     "its scaler's reserved member is 7, not 0; this is for the plugin's author to mend"},
    {"null-table",
     "scalehook_plugin_v1 returned no table; this is for the plugin's author to mend"},
    {"no-symbol",
     "does not export scalehook_plugin_v1, so it is no scalehook plugin; end its source with "
     "SCALEHOOK_PLUGIN(…), or remove the file from the folder"},
    {"throws-from-entry",
     "scalehook_plugin_v1 threw: no table today; this is for the plugin's author to mend"},
    {"unresolved-symbol",
     "cannot be loaded: " + bad_path("unresolved-symbol") +
         ": undefined symbol: function_of_a_missing_library; install the library it needs, or "
         "build it again for this system"},
};
std::string name_of(const testing::TestParamInfo<Refused>& info) {
  std::string name = info.param.plugin;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Library, BadPlugin, testing::ValuesIn(refusals), name_of);

// Those that load, and misbehave only when they are called.
const std::set<std::string> misbehaving{
    "create-without-instance", "garbage",           "hangs", "mute", "hangs-in-create",
    "throws-from-calls",       "throws-from-create"};

TEST(Library, EveryBadPluginHasItsTest) {
  std::set<std::string> tested = misbehaving;
  for (const Refused& each : refusals) tested.insert(each.plugin);
  std::set<std::string> built;
  for (const auto& entry : fs::directory_iterator(BAD_PLUGINS)) {
    if (entry.path().extension() == ".so") built.insert(entry.path().stem());
  }
  EXPECT_EQ(built, tested);
}

TEST(Library, LoadsAGoodPlugin) {
  const auto library = load(echo_path);
  ASSERT_TRUE(library) << library.error();
  EXPECT_EQ((*library)->path, echo_path);
  EXPECT_EQ((*library)->name, "echo");
  EXPECT_EQ((*library)->version, "1.2.3");
  EXPECT_NE((*library)->table->scaler, nullptr);
  EXPECT_NE((*library)->table->notifier, nullptr);
  EXPECT_FALSE(is_replaced(**library));
}

TEST(Library, LoadsAFileOnceByWhateverPath) {
  const auto first = load(echo_path);
  ASSERT_TRUE(first);
  const auto again = load(GOOD_PLUGINS "/../good/echo.so");
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(*first, *again);
}

TEST(Library, LoadsAllOfAFolderAndTellsOfEachRefusal) {
  const Catalog catalog = load_all({BAD_PLUGINS, GOOD_PLUGINS, "/nowhere/plugins", "plugins"});
  std::vector<std::string> names;
  for (const auto& library : catalog.libraries) names.push_back(library->name);
  EXPECT_THAT(names, ElementsAre("bad", "echo"));
  EXPECT_EQ(catalog.find("echo")->path, echo_path);
  EXPECT_EQ(catalog.find("nobody"), nullptr);

  const std::string all = fmt::format("{}", fmt::join(catalog.refusals, "\n"));
  for (const Refused& each : refusals) EXPECT_THAT(all, HasSubstr(bad_path(each.plugin) + ": "));
  EXPECT_EQ(catalog.refusals.size(), std::size(refusals) + misbehaving.size() - 1 + 2);
  // In order of name, the first of those that are all called "bad" has it.
  EXPECT_THAT(all,
              HasSubstr(fmt::format("{}: is named bad, as is {}, which is taken; remove one "
                                    "of the two",
                                    bad_path("garbage"), bad_path("create-without-instance"))));
  EXPECT_THAT(all, HasSubstr("/nowhere/plugins: cannot be read: No such file or directory; create "
                             "it, or remove it from plugins.directories"));
  EXPECT_THAT(all, HasSubstr("plugins: is not an absolute path; write it from the root"));
}

}  // namespace
}  // namespace scalehook::plugin
