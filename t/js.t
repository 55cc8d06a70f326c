#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The pure modules of html/, by node's own test runner.

###############################################################################

use warnings;
use strict;

use Test::More;

use TAP::Parser;

use File::Basename qw/ dirname /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my @files = sort glob 't/js/*.test.js';

plan(tests => scalar @files);

for my $file (@files) {
	subtest($file => sub {
		my $parser = TAP::Parser->new({
			exec => [ 'node', '--test', '--test-reporter=tap', $file ],
			merge => 1
		});

		while (my $result = $parser->next()) {

			if ($result->is_test()) {
				ok($result->is_actual_ok(),
					$result->description() =~ s/^- //r);

			} elsif ($result->is_unknown()
				&& $result->as_string() =~ /not ok|error|expected/)
			{
				diag($result->as_string());
			}
		}

		is($parser->exit(), 0, 'exit status');
		done_testing();
	});
}

###############################################################################
