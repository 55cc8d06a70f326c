#!/usr/bin/perl

# Copyright (C) secmeet contributors

# The page that tests a connection: where all is well, where UDP or
# all media are blocked, where one may not start meetings.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir("$FindBin::Bin/.."); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

my $t = Test::Secmeet->new()->plan();
my $blocked = Test::Secmeet->new();
my $closed = Test::Secmeet->new();
my $tcp = Test::Secmeet->new();

$t->write_file_expand('nginx.conf', page_config() =~ s{(listen \S+?)_UDP%% udp;}
	{$&\n        $1%%;}r)->run();

# the discard port, where nobody is

$blocked->write_file_expand('nginx.conf',
	page_config('secmeet_candidate 127.0.0.1:9;'))->run();

$tcp->write_file_expand('nginx.conf',
	page_config('secmeet_candidate 127.0.0.1:9;') =~ s/^(stream \{\n)/$1
    server {
        listen 127.0.0.1:%%PORT_3478%%;
        secmeet_media on;
    }
/rm)->run();

$closed->write_file_expand('nginx.conf',
	page_config() =~ s/(secmeet meet;)/$1 secmeet_create 0;/r)->run();

###############################################################################

Test::Secmeet::Browser->new()->run('check.mjs',
	'http://' . $t->host() . '/meet/', args => [
		map { 'http://' . $_->host() . '/meet/' } $blocked, $closed, $tcp
	]);

###############################################################################
