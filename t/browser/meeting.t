#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A meeting of three browsers, on what "make run" serves from a clean clone.
#
# With SECMEET_MODULE, which names a module that was built otherwise, nginx is
# started from the checkout; SECMEET_URL names a page that is served already.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir("$FindBin::Bin/.."); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;
use Test::Secmeet::Clone;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

my $browser = Test::Secmeet::Browser->new();

if ($ENV{SECMEET_URL}) {
	$browser->run('meeting.mjs', $ENV{SECMEET_URL});
	done_testing();

} elsif ($ENV{SECMEET_MODULE}) {
	my $t = Test::Secmeet->new()->plan();

	$t->write_file_expand('nginx.conf', page_config())->run();
	$browser->run('meeting.mjs', 'http://' . $t->host() . '/meet/');

} else {
	my $clone = Test::Secmeet::Clone->new();
	my $url = $clone->run();

	ok($url, 'make run prints a URL') or diag($clone->output());

	if ($url) {
		$browser->run('meeting.mjs', $url);

		ok($clone->interrupt(), 'make run ends with Ctrl-C');
		is_deeply([$clone->alerts()], [], 'no alerts');
		is($clone->changes(), '', 'the checkout is as it was');
	}

	done_testing();
}

###############################################################################
