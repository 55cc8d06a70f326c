#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Meetings on bad networks, with browsers: each end of a simulated link is a
# network namespace, so root runs it.
#
#     SECMEET_SCENARIOS  names as in network.mjs, after "firefox:" for
#                        Firefox behind the link, Chromium otherwise
#     SECMEET_SECONDS, SECMEET_SETTLE, SECMEET_CODEC, SECMEET_CAMERA

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN {
	use FindBin;
	use lib "$FindBin::Bin/../lib";
	require Test::Secmeet::Link;
	Test::Secmeet::Link->alone();
	chdir("$FindBin::Bin/..");
}

use JSON::PP ();

use Test::Secmeet::Apart;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my @scenarios = split /[ ,]+/, $ENV{SECMEET_SCENARIOS}
	|| 'loss-5-down step firefox:rate-500-down';

my $apart = Test::Secmeet::Apart->new();
my $link = $apart->link();

# browsers take all of a small machine, and what they do must not look like
# the network's or the server's doing

system("chrt -f -p 2 $_ > /dev/null 2>&1") for $link->pid(),
	$apart->server()->workers();

diag(sprintf '%-24s | %-24s | %-20s', 'scenario', 'ours', 'goal');

meet(0, grep { !/^firefox:/ } @scenarios);
meet(1, map { /^firefox:(.*)/ } @scenarios);

###############################################################################

sub meet {
	my ($behind, @names) = @_;

	return unless @names;

	$apart->run('network.mjs', $behind, { scenarios => \@names },
		timeout => 60 + 70 * @names,
		please => {
			'link' => sub {
				my %conf = %{JSON::PP->new->decode($_[0])};
				$link->conf(delete $conf{way}, %conf);
			},
		});

	return;
}

###############################################################################
