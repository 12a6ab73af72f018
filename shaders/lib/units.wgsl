// A card's units for matrices: sixteen by sixteen terms of f16, summed in f32, by subgroups of 32. Matrices are read from and
// written to a block of the workgroup (lib/matrices), `at` vectors from its start.

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

fn leftOf(block: u32, at: u32) -> Left { return subgroupMatrixLoad<Left, row_major>(&blocks[block], at, LINE); }

fn rightOf(block: u32, at: u32) -> Right { return subgroupMatrixLoad<Right, row_major>(&blocks[block], at, LINE); }

// Of a matrix that lies column by column.
fn rightOfColumns(block: u32, at: u32) -> Right { return subgroupMatrixLoad<Right, col_major>(&blocks[block], at, LINE); }

fn multiplyAdd(left: Left, right: Right, sums: Sums) -> Sums { return subgroupMatrixMultiplyAccumulate(left, right, sums); }

// Places are written out: where they are not known beforehand, the stride is checked whenever a matrix is put.
fn putFirst(block: u32, sums: Sums) { subgroupMatrixStore<row_major>(&blocks[block], 0u, sums, SUMS_LINE); }

fn putNext(block: u32, sums: Sums) { subgroupMatrixStore<row_major>(&blocks[block], 4u, sums, SUMS_LINE); }
