#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Somebody in a meeting moves to another network: the client's end of a link
# between two network namespaces has another address, so root runs it.

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

use Test::Secmeet::Apart;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $apart = Test::Secmeet::Apart->new();
my @places = map { "10.9.0.$_" } 3 .. 6;

meet(0, splice @places, 0, 2);
meet(1, @places);

###############################################################################

# Chromium is behind the link, and moves; then Firefox

sub meet {
	my ($behind, @addresses) = @_;

	$apart->run('roam.mjs', $behind, { addresses => \@addresses },
		please => { 'move' => sub { $apart->link()->move($_[0]) } });

	return;
}

###############################################################################
