#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A firewall between two network namespaces lets no UDP through, so root runs
# it.

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

my $apart = Test::Secmeet::Apart->new(
	'} server { listen 127.0.0.1:%%PORT_3479%%; secmeet_media on;');

# Chromium is behind it, then Firefox

for my $behind (0, 1) {
	$apart->run('firewall.mjs', $behind, {},
		please => { 'block' => sub { $apart->link()->block($_[0]) } });
}

###############################################################################
