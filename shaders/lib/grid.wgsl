// A list of workgroups that the host has folded into lines: the place of one in the list.

fn groupIndex(group: vec3u, groups: vec3u) -> u32 { return group.y * groups.x + group.x; }

// Which of at most four parts a tile belongs to, by the first tile of each; parts that do not exist begin past the end.
fn partOf(tile: u32, first: vec4u) -> u32 { return u32(tile >= first.y) + u32(tile >= first.z) + u32(tile >= first.w); }
