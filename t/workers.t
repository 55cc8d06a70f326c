#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What works in one worker works in two and in four, whichever of them takes
# the WebSocket, the datagram or the room.

###############################################################################

use warnings;
use strict;

use Test::More;

use TAP::Parser;

BEGIN { use FindBin; chdir($FindBin::Bin); }

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my @tests = map { "$_.t" } qw/ media_forward media_switch media_path
	media_codecs /;

plan(tests => 2 * @tests);

for my $workers (2, 4) {
	subtest("$_ with $workers workers" => \&relay, $_, $workers) for @tests;
}

###############################################################################

sub relay {
	my ($test, $workers) = @_;

	local $ENV{SECMEET_WORKERS} = $workers;

	my $parser = TAP::Parser->new({
		exec => [ $^X, '-Ilib', $test ], merge => 1
	});

	while (my $result = $parser->next()) {

		if ($result->is_plan() && $result->has_skip()) {
			plan(skip_all => $result->explanation());
		}

		if ($result->is_test()) {
			ok($result->is_actual_ok() || $result->has_todo(),
				$result->description() =~ s/^- //r);

		} elsif ($result->is_comment() || $result->is_unknown()) {
			note($result->as_string());
		}
	}

	is($parser->exit(), 0, 'exit status');
	done_testing();

	return;
}

###############################################################################
