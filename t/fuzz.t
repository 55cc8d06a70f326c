#!/usr/bin/perl

# Copyright (C) secmeet contributors

# All seeds, under AddressSanitizer and UndefinedBehaviorSanitizer.

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ basename dirname /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my $build = $ENV{SECMEET_BUILD} || 'build';
my @names = map { /fuzz_(\w+)\.c$/ } sort glob 't/fuzz/fuzz_*.c';
my %folders = map { basename($_) => 1 } glob 't/fuzz/seeds/*';

plan(tests => 2 + 2 * @names);

is(system('make', '-s', "B=$build", 'fuzz-build'), 0, 'built');

for my $name (@names) {
	my @seeds = sort glob "t/fuzz/seeds/$name/*";
	my $output = @seeds
		? `$build/fuzz/$name @seeds 2>&1` : '';

	cmp_ok(scalar @seeds, '>', 0, "$name: seeds");
	is($?, 0, "$name: replayed") or diag($output);

	delete $folders{$name};
}

is(join(' ', sort keys %folders), '', 'no seeds without a target');

###############################################################################
