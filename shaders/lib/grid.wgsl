// A list of workgroups that the host has folded into lines: its place in the list.

fn groupIndex(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }
