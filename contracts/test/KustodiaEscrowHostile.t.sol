// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";
import {FeeToken, ReentrantToken} from "./support/HostileTokens.sol";

/// @notice An allowed token that turns out to be hostile harms no money but its own.
contract KustodiaEscrowHostileTest is EscrowTest {
    FeeToken private feeToken;
    ReentrantToken private reentrant;

    function setUp() public override {
        super.setUp();
        feeToken = new FeeToken();
        reentrant = new ReentrantToken();
        feeToken.mint(BRIDGE, RICH);
        reentrant.mint(BRIDGE, RICH);
        reentrant.mint(address(reentrant), RICH);
        reentrant.approveFromHere(address(escrow));

        vm.startPrank(ADMIN);
        escrow.setTokenAllowed(address(feeToken), true);
        escrow.setTokenAllowed(address(reentrant), true);
        escrow.grantRole(BRIDGE_ROLE, address(reentrant));
        vm.stopPrank();

        vm.startPrank(BRIDGE);
        feeToken.approve(address(escrow), type(uint256).max);
        reentrant.approve(address(escrow), type(uint256).max);
        vm.stopPrank();
    }

    function test_createAndFund_refusesATokenThatTakesAFee() public {
        feeToken.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongAmountReceived.selector, AMOUNT, AMOUNT - 1));
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(feeToken), AMOUNT, CUSTODY);
    }

    function test_rescue_findsNoSurplusWhereATokenIsShort() public {
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(feeToken), AMOUNT, CUSTODY);
        feeToken.setFee(AMOUNT);
        // The fee of a transfer of nothing is taken from the recipient: the contract loses its escrow's money.
        vm.prank(STRANGER);
        feeToken.transfer(address(escrow), 0);
        vm.assertEq(feeToken.balanceOf(address(escrow)), 0, "short");

        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ExceedsSurplus.selector, address(feeToken), 1, 0));
        vm.prank(ADMIN);
        escrow.rescue(address(feeToken), ADMIN, 1);
    }

    function test_createAndFund_cannotBeReentered() public {
        assertRefusedDuring(
            abi.encodeCall(escrow.createAndFund, (keccak256("inner"), address(reentrant), AMOUNT, CUSTODY))
        );
    }

    function test_release_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.release, (1)));
    }

    function test_cancel_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.cancel, (1)));
    }

    function test_resolveDispute_cannotBeReentered() public {
        assertRefusedDuring(abi.encodeCall(escrow.resolveDispute, (1, false)));
    }

    function test_rescue_cannotBeReentered() public {
        vm.prank(ADMIN);
        escrow.beginDefaultAdminTransfer(address(reentrant));
        vm.warp(START + ADMIN_DELAY + 1);
        vm.prank(address(reentrant));
        escrow.acceptDefaultAdminTransfer();
        assertRefusedDuring(abi.encodeCall(escrow.rescue, (address(reentrant), STRANGER, 0)));
    }

    function test_aReentrantPayout_paysOnce() public {
        vm.startPrank(BRIDGE);
        uint256 id = escrow.createAndFund(REF, address(reentrant), AMOUNT, CUSTODY);
        escrow.createAndFund(keccak256("another payment"), address(reentrant), AMOUNT, CUSTODY);
        vm.warp(START + CUSTODY);
        reentrant.callBack(escrow, abi.encodeCall(escrow.cancel, (id)));
        escrow.cancel(id);
        assertGuarded();
        vm.assertEq(reentrant.balanceOf(address(escrow)), AMOUNT, "the other payment's money stays");
    }

    /// @dev Makes the call in the middle of a funding, which itself succeeds.
    function assertRefusedDuring(bytes memory call_) private {
        reentrant.callBack(escrow, call_);
        vm.prank(BRIDGE);
        escrow.createAndFund(REF, address(reentrant), AMOUNT, CUSTODY);
        assertGuarded();
        vm.assertEq(escrow.escrowCount(), 1, "number of escrows");
        vm.assertEq(reentrant.balanceOf(address(escrow)), AMOUNT, "contract's balance");
    }

    function assertGuarded() private view {
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(keccak256(reentrant.refusal()), keccak256(expected), "refused by the guard");
    }
}
