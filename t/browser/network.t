#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Meetings on bad networks, with browsers: each end of a simulated link is a
# network namespace, so root runs it.
#
#     SECMEET_SCENARIOS  names as in network.mjs; before them, each with a
#                        colon, "firefox" for Firefox behind the link, Chromium
#                        otherwise, and a codec, with a scalability mode after
#                        a slash: "av1/L3T3_KEY:step"
#     SECMEET_SECONDS, SECMEET_SETTLE, SECMEET_CAMERA
#
# VP9 with spatial layers stands still for seconds when packets are lost, also
# between two Chromiums 156 without a server.

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
	|| 'loss-5-down step firefox:rate-500-down '
	. 'vp9/L1T3:rate-500-down av1/L3T3_KEY:rate-500-down';

my $apart = Test::Secmeet::Apart->new();
my $link = $apart->link();

# browsers take all of a small machine, and what they do must not look like
# the network's or the server's doing

system("chrt -f -p 2 $_ > /dev/null 2>&1") for $link->pid(),
	$apart->server()->workers();

diag(sprintf '%-24s | %-24s | %-20s', 'scenario', 'ours', 'goal');

# those that begin alike are one meeting

my (@kinds, %names);

for (@scenarios) {
	my ($kind, $name) = /^(.*:)?(.+)$/;

	$kind //= '';
	push @kinds, $kind unless $names{$kind};
	push @{$names{$kind}}, $name;
}

meet($_, @{$names{$_}}) for @kinds;

###############################################################################

sub meet {
	my ($kind, @names) = @_;

	my ($codec, $mode) = $kind =~ m{(vp8|vp9|h264|av1)(?:/(\w+))?:};

	$apart->run('network.mjs', scalar $kind =~ /firefox:/,
		{ scenarios => \@names, codec => $codec, mode => $mode },
		timeout => 60 + 140 * @names,
		please => {
			'link' => sub {
				my %conf = %{JSON::PP->new->decode($_[0])};
				$link->conf(delete $conf{way}, %conf);
			},
		});

	return;
}

###############################################################################
