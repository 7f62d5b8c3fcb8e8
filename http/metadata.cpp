#include "http/metadata.hpp"

#include "config/json_writer.hpp"
#include "domain/assert.hpp"
#include "domain/limits.hpp"
#include "http/json_reader.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace orderd::http {
namespace {

void write_merged(json_writer& out, const std::optional<json_value>& target, json_value patch) {
  if (!patch.is(json_type::object)) {
    patch.write(out);
    return;
  }
  std::unordered_map<std::string_view, json_value> changes;
  for (const auto member : patch)
    changes.insert_or_assign(member.key(), member);
  out.begin_object();
  // A target that is no object counts as an empty one.
  if (target && target->is(json_type::object)) {
    for (const auto member : *target) {
      const auto change = changes.find(member.key());
      if (change == changes.end()) {
        out.key(member.key());
        member.write(out);
        continue;
      }
      if (!change->second.is(json_type::null)) {
        out.key(member.key());
        write_merged(out, member, change->second);
      }
      changes.erase(change);
    }
  }
  // In the order of the patch, so that the same request always makes the same text.
  for (const auto member : patch) {
    const auto change = changes.find(member.key());
    if (change == changes.end())
      continue;
    if (!change->second.is(json_type::null)) {
      out.key(member.key());
      write_merged(out, std::nullopt, change->second);
    }
    changes.erase(change);
  }
  out.end_object();
}

} // namespace

decision<std::string> merge_metadata(const std::string& current, const std::string& patch) {
  // Two documents are alive at once here, and neither may be the one that a request is read with.
  thread_local json_document of_current;
  thread_local json_document of_patch;
  const auto target = of_current.parse(current.empty() ? "{}" : std::string_view(current));
  const auto change = of_patch.parse(patch);
  ORDERD_ASSERT(target && change && change->is(json_type::object));
  std::string merged;
  json_writer out(merged);
  write_merged(out, *target, *change);
  if (merged.size() > metadata_bytes_max)
    return refuse(rejection_code::invalid_field,
                  "the metadata would have " + std::to_string(merged.size()) + " bytes and may have " +
                      std::to_string(metadata_bytes_max),
                  "metadata");
  return merged;
}

metadata_merge merge_with(std::string patch) {
  return [patch = std::move(patch)](const std::string& current) { return merge_metadata(current, patch); };
}

} // namespace orderd::http
