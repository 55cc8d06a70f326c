#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A meeting of three browsers, on what "make run" serves from a clean clone.
#
# SECMEET_URL names an instance that runs already, to be used instead.

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use Cwd qw/ abs_path /;

use lib abs_path(dirname(__FILE__) . '/../lib');

use Test::Secmeet::Browser;
use Test::Secmeet::Clone;

###############################################################################

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

my $clone = $ENV{SECMEET_URL} ? undef : Test::Secmeet::Clone->new();
my $url = $ENV{SECMEET_URL} || $clone->run();

ok($url, 'make run prints a URL') or diag($clone->output());

Test::Secmeet::Browser->new()->run('meeting.mjs', $url) if $url;

if ($clone && $url) {
	ok($clone->interrupt(), 'make run ends with Ctrl-C');
	is_deeply([$clone->alerts()], [], 'no alerts');
	is($clone->changes(), '', 'nothing in the checkout was changed');
}

done_testing();

###############################################################################
