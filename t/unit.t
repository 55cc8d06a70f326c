#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The tests of the lower floors: relays what the programs of t/unit say.

###############################################################################

use warnings;
use strict;

use Test::More;

use TAP::Parser;

use File::Basename qw/ basename dirname /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my $build = $ENV{SECMEET_BUILD} || 'build';
my @names = map { basename($_, '.c') } sort glob 't/unit/*.c';

plan(tests => @names + 1);

is(system('make', '-s', "B=$build", 'unit-build'), 0, 'built');

subtest($_ => \&relay, $_) for @names;

###############################################################################

sub relay {
	my ($name) = @_;

	my $parser = TAP::Parser->new({
		exec => [ "$build/unit/$name" ], merge => 1
	});

	while (my $result = $parser->next()) {

		if ($result->is_test()) {
			ok($result->is_actual_ok(),
				"$name: " . $result->description() =~ s/^- //r);

		} elsif (!$result->is_plan()) {
			diag($result->as_string());
		}
	}

	is($parser->exit(), 0, 'exit status');
	ok(!$parser->parse_errors(), 'nothing but TAP')
		or diag($parser->parse_errors());

	done_testing();
}

###############################################################################
